import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";

/** A delivery as a real sender made it. */
export interface Capture {
  readonly name: string;
  readonly provider: string;
  readonly source: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

export const providers = ["gitlab", "tekton", "jenkins", "github"] as const;

/** What belongs to the connection and not to the delivery, and secrets of the capturing server. */
const dropped = /^(host|connection|content-length|transfer-encoding|accept|accept-encoding|authorization|expect)$/;

/** The captured deliveries of one provider in the folder of all captures. */
export function readCaptures(folder: string, provider: string): Capture[] {
  const files = readdirSync(join(folder, provider), { recursive: true }).map(String);
  return files
    .filter((name) => /\.(json|xml)$/.test(name))
    .toSorted()
    .map((name) => {
      const body = readFileSync(join(folder, provider, name));
      const source = toSource(provider, name);
      return { name: `${provider}/${name}`, provider, source, headers: readHeaders(folder, provider, name), body };
    });
}

/** Those that one server sent in one go. Others are examples by many hands, who give different runs the same ids. */
const together = [/^gen119-/, /^(structured\/)?pingcap-(?!.*standalone)/, /^other-senders\//];

function toSource(provider: string, name: string): string {
  const group = together.findIndex((pattern) => pattern.test(name));
  return `${provider}-${
    group < 0
      ? name
          .toLowerCase()
          .replaceAll(/[^a-z0-9]+/g, "-")
          .slice(-50)
      : group
  }`;
}

function readHeaders(folder: string, provider: string, name: string): Record<string, string> {
  const json = { "content-type": "application/json" };
  if (provider === "github") return { ...json, "x-github-event": toEvent(name), "x-github-delivery": name };
  if (provider === "gitlab") return { ...json, "user-agent": "GitLab/17.5.1", "idempotency-key": name };
  if (name.endsWith(".ce.json")) return { "content-type": "application/cloudevents+json" };
  const file = join(folder, provider, name.slice(0, -extname(name).length));
  const lines = existsSync(`${file}.headers`) ? readFileSync(`${file}.headers`, "utf8").split("\n") : [];
  const pairs = lines.map((line) => /^([\w-]+): (.*?)\r?$/.exec(line)).filter((match) => match !== null);
  const all = pairs.map(([, key = "", value = ""]) => [key.toLowerCase(), value] as const);
  return { ...json, ...Object.fromEntries(all.filter(([key]) => !dropped.test(key))) };
}

/** The files are named after GitHub's events. */
function toEvent(name: string): string {
  const event = /workflow_run|workflow_job|workflow_dispatch|check_run|ping|deployment.status/.exec(basename(name));
  return (event?.[0] ?? "").replace("-", "_");
}
