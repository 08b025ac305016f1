import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Path of the repository, with a slash at the end. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** One instruction; comments and line breaks are gone. */
export interface Instruction {
  /** In capitals, such as `RUN`. */
  readonly name: string;
  /** `--from=build` is `from: "build"`. */
  readonly flags: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface Stage {
  /** As it stands after `FROM`, with build arguments filled in. */
  readonly image: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** https://docs.docker.com/reference/dockerfile/ as far as ours goes: no heredocs, no escape directive. */
export function parseDockerfile(text: string): readonly Stage[] {
  const joined = text.replaceAll(/^\s*#.*\n/gm, "").replaceAll(/\s*\\\n\s*/g, " ");
  const stages: { image: string; name: string | undefined; instructions: Instruction[] }[] = [];
  const args = new Map<string, string>();
  for (const line of joined.split("\n").filter((one) => one.trim() !== "")) {
    const instruction = parseLine(line);
    const stage = stages.at(-1);
    if (instruction.name === "FROM") {
      const [image = "", , name] = instruction.text.split(/\s+/);
      stages.push({ image: filled(image, args), name, instructions: [] });
    } else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.name === "ARG") {
      const [name = "", value = ""] = instruction.text.split(/=(.*)/s);
      args.set(name, value);
    } else throw new Error(`before the first stage: ${line}`);
  }
  return stages;
}

function parseLine(line: string): Instruction {
  const [, name = "", rest = ""] = /^\s*([A-Za-z]+)\s+(.*)$/s.exec(line) ?? [];
  const flags: Record<string, string> = {};
  let text = rest.trim();
  for (let flag = /^--([a-z-]+)=(\S+)\s+/.exec(text); flag !== null; flag = /^--([a-z-]+)=(\S+)\s+/.exec(text)) {
    flags[flag[1] ?? ""] = flag[2] ?? "";
    text = text.slice(flag[0].length);
  }
  return { name: name.toUpperCase(), flags, text };
}

/** The words of the exec form, `["a", "b"]`; throws for the shell form, which distroless images cannot run. */
export function execForm(text: string): readonly string[] {
  const words: unknown = JSON.parse(text);
  if (!Array.isArray(words) || !words.every((word) => typeof word === "string")) throw new Error(`not a list: ${text}`);
  return words;
}

/** `A=b C="d e"` as pairs. */
export function parsePairs(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)].map(([, name = "", quoted, bare]) => [
      name,
      quoted ?? bare ?? "",
    ]),
  );
}

function filled(text: string, args: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => args.get(name) ?? "");
}

export function committedDockerfile(): readonly Stage[] {
  return parseDockerfile(readFileSync(`${root}Dockerfile`, "utf8"));
}
