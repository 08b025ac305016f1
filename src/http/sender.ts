import type { Context } from "koa";
import type { Source } from "../config/index.ts";
import type { Adapter, RawRequest, RequestHead } from "../core/adapter.ts";
import { AppError } from "../core/errors.ts";
import { believesWithoutSecret } from "./auth.ts";
import type { Services } from "./services.ts";

const localOnly = "source has no secret and accepts deliveries from this host only: set a secret";
const nobody = "source has no secret and accepts no deliveries: set a secret";
const wrong = "the secret is missing or wrong";

/** Refuses by headers and query alone whom no body could prove: what strangers send is not even read. */
export function checkHead(
  ctx: Context,
  { config }: Services,
  adapter: Adapter,
  head: RequestHead,
  secrets: readonly string[],
): void {
  if (secrets.length > 0) {
    if (!adapter.mayVerify(head, secrets)) throw new AppError("unauthorized", wrong);
  } else if (!believesWithoutSecret(config, ctx.req)) {
    throw new AppError("unauthorized", config.trustLocal ? localOnly : nobody);
  }
}

/** Refuses who does not prove to hold a secret of the source, and counts which one it was. */
export async function authenticate(
  services: Services,
  source: Source,
  adapter: Adapter,
  request: RawRequest,
  secrets: readonly string[],
): Promise<void> {
  if (secrets.length === 0) return;
  if (!(await adapter.verify(request, secrets))) {
    noteStaleness(services, source, adapter.findStaleness?.(request, secrets));
    throw new AppError("unauthorized", wrong);
  }
  services.metrics.secretUsed(source.name, 1 + (await indexOfSecret(adapter, request, secrets)));
}

/** `seconds`: from the signature to the arrival. */
function noteStaleness({ log, metrics }: Services, { name }: Source, seconds: number | undefined): void {
  if (seconds === undefined) return;
  metrics.doubted(name, "stale");
  const where = seconds > 0 ? "before" : "after";
  log.warn(
    { source: name, seconds },
    `signature is valid but stale: created ${Math.abs(seconds)} s ${where} this server's clock, synchronize the clocks of both machines`,
  );
}

/** Which secret it was is asked only where there are several, in a rotation. */
async function indexOfSecret(adapter: Adapter, request: RawRequest, secrets: readonly string[]): Promise<number> {
  for (let i = 0; i < secrets.length - 1; i++) if (await adapter.verify(request, [secrets[i] as string])) return i;
  return secrets.length - 1;
}
