import type { Context } from "koa";
import type { Source } from "../config/index.ts";
import type { Adapter, RawRequest, RequestHead } from "../core/adapter.ts";
import { AppError } from "../core/errors.ts";
import { acceptsWithoutSecret } from "./auth.ts";
import type { Services } from "./services.ts";

const localOnly = "source has no secret and accepts deliveries from this host only: set a secret";
const closed = "source has no secret and accepts no deliveries: set a secret";
const wrongSecret = "the secret is missing or wrong";
const otherClock =
  "the signature is right, but its time is more than five minutes from this server's: synchronize the clocks";

/** The sender is not authenticated, so only operators learn the reason, which is the cause. */
function createRefusal(reason: string): AppError {
  return new AppError("unauthorized", wrongSecret, { cause: new Error(reason) });
}

/** Rejects by headers and query alone, before the body is read, if no body could make the request valid. */
export function checkHead(
  ctx: Context,
  { config }: Services,
  adapter: Adapter,
  head: RequestHead,
  secrets: readonly string[],
): void {
  if (secrets.length > 0) {
    if (!adapter.mayVerify(head, secrets)) throw createRefusal(adapter.explainRefusal(head, secrets));
  } else if (!acceptsWithoutSecret(config, ctx.req)) {
    throw new AppError("unauthorized", config.trustLocal ? localOnly : closed);
  }
}

/** Rejects a request without a valid secret of the source, and counts which secret was used. */
export async function authenticate(
  services: Services,
  source: Source,
  adapter: Adapter,
  request: RawRequest,
  secrets: readonly string[],
): Promise<void> {
  if (secrets.length === 0) return;
  if (!(await adapter.verify(request, secrets))) {
    const stale = adapter.findStaleness?.(request, secrets);
    logStaleness(services, source, stale);
    throw createRefusal(stale === undefined ? adapter.explainRefusal(request, secrets) : otherClock);
  }
  services.metrics.countSecretUse(source.name, 1 + (await findSecretIndex(adapter, request, secrets)));
}

/** `seconds`: time from the signature to the arrival; `undefined`: the signature is not stale. */
function logStaleness({ log, metrics }: Services, { name }: Source, seconds: number | undefined): void {
  if (seconds === undefined) return;
  metrics.countClockAnomaly(name, "stale");
  const where = seconds > 0 ? "before" : "after";
  log.warn(
    { source: name, seconds },
    `signature is valid but stale: created ${Math.abs(seconds)} s ${where} this server's clock, synchronize the clocks of both machines`,
  );
}

/** Verifies again only if there are several secrets, as in a rotation. */
async function findSecretIndex(adapter: Adapter, request: RawRequest, secrets: readonly string[]): Promise<number> {
  for (let i = 0; i < secrets.length - 1; i++) if (await adapter.verify(request, [secrets[i] as string])) return i;
  return secrets.length - 1;
}
