import type { Config } from "../../config/index.ts";
import { isLoopback, toReachableHost } from "../../config/address.ts";
import { listWeakSecrets } from "../../config/weak-secrets.ts";
import { maskUrl } from "../../core/mask-url.ts";
import { isTextLog, type Log } from "../../log.ts";
import { version } from "../../version.ts";
import type { Ports } from "./ports.ts";

/** True where no token is set that would let anyone read the page and the read API. */
export function wantsPageLink({ apiTokens, allowUnauthenticated, trustLocal }: Config): boolean {
  return apiTokens().length === 0 && !allowUnauthenticated && !trustLocal;
}

/** Logs who may send and read, then that the server listens. The link to the page is a secret, so only a terminal shows it. */
export function announce(
  config: Config,
  { port, healthPort }: Pick<Ports, "port" | "healthPort">,
  log: Log,
  pageToken: string | undefined,
  print: (text: string) => void = (text) => void process.stdout.write(text),
): void {
  announceSources(config, log);
  const weak = listWeakSecrets(config);
  const short = weak.filter(({ why }) => why === "short").map(({ name }) => name);
  const examples = weak.filter(({ why }) => why === "placeholder").map(({ name }) => name);
  if (short.length > 0) log.warn({ weak: short }, "secrets of less than 16 characters can be guessed");
  if (examples.length > 0) log.warn({ weak: examples }, "secrets that stand in an example are no secrets");
  if (wantsPageLink(config) && pageToken === undefined)
    log.warn("the page and the read API refuse all requests: set PIPEGAUGE_API_TOKEN");
  if (!isLoopback(config.host) && config.metricsTokens().length === 0)
    log.warn(
      "/metrics is open to anyone who can reach it and shows names of projects, pipelines and jobs: set PIPEGAUGE_METRICS_TOKEN",
    );
  log.info({ version, host: config.host, port, healthPort, database: maskUrl(config.databaseUrl) }, "listening");
  const base = `http://${toReachableHost(config.host)}:${port}`;
  if (isTextLog("stdout", config.logFormat)) print(describeStart(config, base));
  if (pageToken !== undefined)
    process.stderr.write(`The page, until this process ends: ${base}/ui/?token=${pageToken}\n`);
}

/** For people who start it by hand: addresses that a terminal lets them open. */
function describeStart({ sources }: Config, base: string): string {
  const webhooks = sources.map(({ name }) => `${base}/webhooks/${name}`);
  return [
    "",
    `  Pipegauge ${version} is ready`,
    `  page      ${base}/ui/`,
    `  metrics   ${base}/metrics`,
    ...webhooks.map((url, i) => `  ${i === 0 ? "webhooks " : "         "} ${url}`),
    "",
    "",
  ].join("\n");
}

function announceSources(config: Config, log: Log): void {
  const sources = config.sources.filter((source) => source.secrets().length === 0).map(({ name }) => name);
  if (sources.length > 0 && config.allowUnauthenticated) {
    log.warn({ sources }, "sources accept deliveries from anyone: PIPEGAUGE_ALLOW_UNAUTHENTICATED is true");
  } else if (config.trustLocal && !config.isTrial) {
    log.warn(
      "requests from this host need no secret where none is set, also those that a proxy on this host forwards: PIPEGAUGE_TRUST_LOCAL is true",
    );
  } else if (sources.length > 0 && config.trustLocal) {
    log.info({ sources }, "sources without a secret accept deliveries from this host only");
  } else if (sources.length > 0) {
    log.info({ sources }, "sources without a secret refuse all deliveries");
  }
}
