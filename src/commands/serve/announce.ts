import type { Config } from "../../config/index.ts";
import { isLoopback, toReachableHost } from "../../config/address.ts";
import { listWeakSecrets } from "../../config/weak-secrets.ts";
import { maskedUrl } from "../../core/store/db/mask-url.ts";
import type { Log } from "../../log.ts";
import { version } from "../../version.ts";
import type { Ports } from "./ports.ts";

/** Whether nobody could read the page and the read API for want of a token. */
export function wantsPageLink({ apiTokens, allowUnauthenticated, trustLocal }: Config): boolean {
  return apiTokens().length === 0 && !allowUnauthenticated && !trustLocal;
}

/** Says who is let in, then that the server listens. The link goes to the terminal alone: it opens the page. */
export function announce(
  config: Config,
  { port, healthPort }: Pick<Ports, "port" | "healthPort">,
  log: Log,
  pageToken: string | undefined,
): void {
  announceSources(config, log);
  const weak = listWeakSecrets(config);
  if (weak.length > 0) log.warn({ weak }, "these have a secret of less than 16 characters, which can be guessed");
  if (wantsPageLink(config) && pageToken === undefined)
    log.warn("the page and the read API answer nobody: set PIPEGAUGE_API_TOKEN");
  if (!isLoopback(config.host) && config.metricsTokens().length === 0)
    log.warn(
      "/metrics shows names of projects, pipelines and jobs to whoever reaches it: PIPEGAUGE_METRICS_TOKEN is not set",
    );
  log.info({ version, host: config.host, port, healthPort, database: maskedUrl(config.databaseUrl) }, "listening");
  if (pageToken !== undefined)
    process.stderr.write(
      `The page, until this process ends: http://${toReachableHost(config.host)}:${port}/?token=${pageToken}\n`,
    );
}

function announceSources(config: Config, log: Log): void {
  const sources = config.sources.filter((source) => source.secrets().length === 0).map(({ name }) => name);
  if (sources.length > 0 && config.allowUnauthenticated) {
    log.warn({ sources }, "these sources take deliveries from anybody: PIPEGAUGE_ALLOW_UNAUTHENTICATED is true");
  } else if (config.trustLocal && !config.isTrial) {
    log.warn(
      "whatever comes from this host needs no secret where none is set, also what a proxy here sends on for others: PIPEGAUGE_TRUST_LOCAL is true",
    );
  } else if (sources.length > 0 && config.trustLocal) {
    log.info({ sources }, "these sources have no secret and take deliveries from this host only");
  } else if (sources.length > 0) {
    log.info({ sources }, "these sources have no secret and take no deliveries");
  }
}
