import { readFlags, type Flags } from "../../config/flags.ts";
import { AppError } from "../../core/errors.ts";

export const demoFlags: Flags = {
  url: { type: "string", value: "<url>", help: "where the server is (http://127.0.0.1:8080)" },
  token: { type: "string", value: "<secret>", help: "secret of the server's sources, if they have one" },
  runs: { type: "string", value: "<number>", help: "how many runs to invent, at most 5000 (300)" },
  seed: { type: "string", value: "<number>", help: "another number invents another day (1)" },
};

export interface DemoArguments {
  /** With a slash at the end. */
  readonly url: URL;
  readonly token: string | undefined;
  readonly runs: number;
  readonly seed: number;
}

/** Throws `config` with one line for every fault. */
export function readDemoArguments(args: readonly string[]): DemoArguments {
  const { values, faults } = readFlags(args, demoFlags);
  const problems = [...faults];
  const text = (name: string) => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const count = (name: string, fallback: number, least: number, most: number) => {
    const given = text(name);
    const value = given === undefined ? fallback : Number(given);
    const fits = Number.isInteger(value) && value >= least && value <= most && given?.trim() !== "";
    if (!fits) problems.push(`--${name}: ${JSON.stringify(given)} is not a whole number from ${least} to ${most}`);
    return fits ? value : fallback;
  };
  const given = text("url") ?? "http://127.0.0.1:8080";
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    problems.push(`--url: ${JSON.stringify(given)} is not a web address: write http://127.0.0.1:8080`);
  } else if (url.username !== "" || url.password !== "") {
    problems.push("--url: a web address with a secret in it is not sent: give the secret with --token");
  }
  const [runs, seed] = [count("runs", 300, 1, 5000), count("seed", 1, 0, 2 ** 31 - 1)];
  if (problems.length > 0 || url === undefined) throw new AppError("usage", problems.join("\n"));
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return { url, token: text("token"), runs, seed };
}
