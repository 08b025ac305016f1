import type { Context } from "koa";
import { getAdapter } from "../adapters/index.ts";
import type { Adapter, RawRequest } from "../core/adapter.ts";
import { AppError, readMessage } from "../core/errors.ts";
import type { Source } from "../config/index.ts";
import { quote } from "../text/quote.ts";
import { readBody } from "./body.ts";
import { getClientAddress } from "./connections.ts";
import type { HostWatch } from "./hosts.ts";
import { authenticate, checkHead } from "./sender.ts";
import type { Services } from "./services.ts";
import { createUnparsedRequest } from "../ingest/unparsed-request.ts";
import type { Outcome } from "../core/delivery.ts";

/**
 * 202: stored and counted, or stored as a dead letter. 200: nothing to do. A dead letter is no error status, because GitLab
 * disables webhooks that return one: https://docs.gitlab.com/user/project/integrations/webhooks/#auto-disabled-webhooks
 */
const statuses: Readonly<Record<Outcome, number>> = { accepted: 202, dead_letter: 202, ignored: 200, duplicate: 200 };

/** The delivery was parsed, but became a dead letter. The log and the stored delivery have the details. */
const refusedByDatabase = "the database refused it";

/** `POST /webhooks/:source`: verified, parsed and committed before the response. */
export async function receiveDelivery(
  ctx: Context,
  services: Services,
  name: string,
  watchHost: HostWatch,
): Promise<void> {
  const started = performance.now();
  const source = findSource(services, name);
  const adapter = getAdapter(source.provider);
  const seconds = () => (performance.now() - started) / 1000;
  try {
    const request = await readRequest(ctx, services, source, adapter);
    const { length: bytes } = request.body;
    const { jobsMax } = services.config;
    const {
      outcome,
      reason: given,
      clock,
      url,
    } = await services.ledger.receive(
      createUnparsedRequest(adapter, request, { ...source, source: source.name, jobsMax }),
    );
    watchHost(source.name, url);
    if (clock !== undefined && outcome !== "duplicate") services.metrics.countClockAnomaly(source.name, clock);
    const reason = outcome === "dead_letter" ? (given ?? refusedByDatabase) : given;
    ctx.status = statuses[outcome];
    ctx.body = reason === null || outcome === "duplicate" ? { status: outcome } : { status: outcome, reason };
    services.metrics.countDelivery(source.name, outcome, seconds());
    if (outcome === "dead_letter") services.storedDeadLetter(source.name, bytes);
    services.log[outcome === "dead_letter" ? "warn" : "debug"](
      { source: source.name, outcome, reason: reason ?? undefined, bytes, seconds: seconds() },
      "delivery",
    );
  } catch (error) {
    handleFailure(ctx, services, source, adapter, error, seconds());
  }
}

/** `OPTIONS /webhooks/:source`: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md#4-abuse-protection */
export function respondToHandshake(ctx: Context, services: Services, name: string): void {
  const source = findSource(services, name);
  const origin = ctx.get("webhook-request-origin");
  const allowed = origin !== "" && services.config.cloudEventOrigins.includes(origin);
  ctx.set("Allow", "POST");
  if (source.provider !== "tekton" || !allowed) {
    ctx.status = 405;
    return;
  }
  ctx.status = 200;
  ctx.set("WebHook-Allowed-Origin", origin);
  if (ctx.get("webhook-request-rate") !== "") ctx.set("WebHook-Allowed-Rate", "*");
}

function findSource({ config }: Services, name: string): Source {
  const source = config.sources.find((candidate) => candidate.name === name);
  // The sender is not authenticated, so the configured names are not listed.
  if (source === undefined)
    throw new AppError(
      "not_found",
      `unknown source ${quote(name)}: \`pipegauge check-config\` lists the configured ones`,
    );
  return source;
}

async function readRequest(ctx: Context, services: Services, source: Source, adapter: Adapter): Promise<RawRequest> {
  const { config, bodies, clock } = services;
  const headers = ctx.req.headers as Record<string, string | undefined>;
  // The only header that Node returns as a list. Senders have no use for it.
  if (headers["set-cookie"] !== undefined) delete headers["set-cookie"];
  const query = new URLSearchParams(ctx.querystring);
  const secrets = source.secrets();
  checkHead(ctx, services, adapter, { headers, query, receivedAt: clock() }, secrets);
  const body = await readBody(ctx, { maxBytes: config.bodyMaxBytes, budget: bodies, filter: adapter.bodyFilter });
  const request = { headers, query, body, receivedAt: clock() };
  await authenticate(services, source, adapter, request, secrets);
  return request;
}

/** Counts the failure, and closes the connection of a sender that treats every status as success. */
function handleFailure(
  ctx: Context,
  services: Services,
  source: Source,
  adapter: Adapter,
  error: unknown,
  seconds: number,
): void {
  const code = error instanceof AppError ? error.code : "unavailable";
  // The sender closed the connection: nothing was delivered.
  if (code === "invalid") throw error;
  const counted = code === "unauthorized" || code === "too_large" || code === "unsupported" ? code : "unavailable";
  services.metrics.countDelivery(source.name, counted, seconds);
  const reason = readMessage(code === "unauthorized" && error instanceof AppError ? (error.cause ?? error) : error);
  const address = getClientAddress(ctx.req.socket);
  services.refusedDeliveries.add(source.name, error instanceof AppError ? reason : unexpected, address);
  if (counted === "unauthorized") logRefusal(services, { source: source.name, reason, address });
  if (counted === "unavailable" && adapter.failureMode === "disconnect") {
    services.log.error(
      { source: source.name, error: String(error) },
      "delivery could not be stored, connection closed without a response",
    );
    ctx.respond = false;
    ctx.req.socket.destroy();
    return;
  }
  throw error;
}

/** Without the message of the error, which may hold anything; the log has it. */
const unexpected = "it could not be handled, the log has the error";

interface LoggedRefusal {
  readonly source: string;
  readonly reason: string;
  readonly address: string;
}

function logRefusal({ log, refusals }: Services, refusal: LoggedRefusal): void {
  const unlogged = refusals.unlogged(refusal.source);
  if (unlogged === undefined) return;
  log.info(unlogged === 0 ? refusal : { ...refusal, unlogged }, "delivery refused: unauthorized");
}
