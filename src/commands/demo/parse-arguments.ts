import { readFlags, type Flags } from "../../config/flags.ts";
import { AppError } from "../../core/errors.ts";
import { outputFlags, wantsJson } from "../output.ts";

export const demoFlags: Flags = {
  url: { type: "string", value: "<url>", help: "where the server is (http://127.0.0.1:8080)" },
  token: { type: "string", value: "<secret>", help: "secret of the server's sources, if they have one" },
  "api-token": {
    type: "string",
    value: "<token>",
    help: "PIPEGAUGE_API_TOKEN of the server, if it has one: to ask what it holds",
  },
  yes: { type: "boolean", help: "send without asking what the server holds: invented runs stay in its totals" },
  "dry-run": { type: "boolean", help: "print what would be sent, and send nothing" },
  runs: {
    type: "string",
    value: "<number>",
    help: "how many runs to invent for a day, at most 5000 (300; 60 with --serve)",
  },
  seed: { type: "string", value: "<number>", help: "another number invents other runs (1)" },
  serve: { type: "boolean", help: "start a server that holds 60 invented days and is removed when it ends" },
  "serve-port": { type: "string", value: "<number>", help: "with --serve: its port on 127.0.0.1 (a free one)" },
  ...outputFlags,
};

/** Flags that belong to one of the two uses only. */
const [sendingFlags, servingFlags] = [
  ["url", "token", "api-token", "yes", "dry-run", "output", "json"],
  ["serve-port"],
];

export interface SendArguments {
  readonly use: "send";
  /** With a slash at the end. */
  readonly url: URL;
  readonly token: string | undefined;
  readonly apiToken: string | undefined;
  readonly isSure: boolean;
  readonly isDryRun: boolean;
  readonly json: boolean;
  readonly runs: number;
  readonly seed: number;
}

export interface ServeArguments {
  readonly use: "serve";
  /** 0: any free one. */
  readonly port: number;
  readonly runs: number;
  readonly seed: number;
}

/** Throws `usage` with one line for every fault. */
export function readDemoArguments(args: readonly string[]): SendArguments | ServeArguments {
  const flags = readFlags(args, demoFlags);
  const { values, faults } = flags;
  const problems = [...faults];
  const serves = values["serve"] === true;
  const unfit = (serves ? sendingFlags : servingFlags).filter((name) => values[name] !== undefined);
  for (const name of unfit) problems.push(`--${name} ${serves ? "does not go with --serve" : "needs --serve"}`);
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
  const url = readUrl(text("url") ?? "http://127.0.0.1:8080", problems);
  const [runs, seed] = [count("runs", serves ? 60 : 300, 1, 5000), count("seed", 1, 0, 2 ** 31 - 1)];
  const port = count("serve-port", 0, 0, 65_535);
  if (problems.length > 0) throw new AppError("usage", problems.join("\n"));
  if (serves) return { use: "serve", port, runs, seed };
  const [isSure, isDryRun, json] = [values["yes"] === true, values["dry-run"] === true, wantsJson(flags)];
  return { use: "send", url, token: text("token"), apiToken: text("api-token"), isSure, isDryRun, json, runs, seed };
}

function readUrl(given: string, problems: string[]): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    problems.push(`--url: ${JSON.stringify(given)} is not a web address: write http://127.0.0.1:8080`);
  } else if (url.username !== "" || url.password !== "") {
    problems.push("--url: a web address with a secret in it is not sent: give the secret with --token");
  }
  const read = url ?? new URL("http://127.0.0.1:8080");
  if (!read.pathname.endsWith("/")) read.pathname += "/";
  return read;
}
