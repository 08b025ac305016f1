import { hash, randomUUID } from "node:crypto";
import type { Context } from "koa";
import { AppError } from "../../core/errors.ts";
import type { Observation } from "../../core/model.ts";
import { normalise } from "../../core/normalise.ts";
import type { Services } from "../services.ts";
import type { Millis } from "../../core/time.ts";
import type { Delivery, Submission } from "../../core/delivery.ts";

/** One request to an older API. */
export interface LegacyRequest {
  /** The older tool; its source has the same name. */
  readonly provider: string;
  readonly receivedAt: Millis;
  readonly bytes: number;
  /** A note about a request that was counted, shown with its delivery. Default: none. */
  readonly reason?: string | null;
  /** The clock anomaly, if the note is about one. */
  readonly clock?: Submission["clock"];
  /** Must return the same for the same `run`, so that a repetition equals the first request. */
  readonly observe: (run: string) => Observation;
}

const keyMax = 1024;

/**
 * Records a request in the ledger like a native delivery: once per `Idempotency-Key`, or every time without one. Returns
 * after the commit. Throws `unavailable` if nothing was counted.
 */
export async function recordOnce(ctx: Context, services: Services, request: LegacyRequest): Promise<void> {
  const { provider, receivedAt, bytes, reason = null, observe } = request;
  const key = createDeliveryKey(ctx, request);
  const observation = normalise(observe(key), receivedAt);
  const delivery: Delivery = {
    key,
    source: provider,
    provider,
    outcome: "accepted",
    reason,
    receivedAt,
    bytes,
    content: null,
    replayed: false,
  };
  let isRefused = false;
  const submission: Submission = {
    delivery,
    observations: [observation],
    clock: request.clock,
    // Called only if the store refuses the delivery and keeps it as a dead letter, even if the dead letter existed before.
    content() {
      isRefused = true;
      return { headers: "{}", body: JSON.stringify(observation.facts) };
    },
  };
  const outcome = await services.ledger.submit(submission);
  services.log.debug({ source: provider, outcome, bytes }, "delivery");
  if (isRefused) throw new AppError("unavailable", "the database refused the data, the server log has the reason");
  if (request.clock !== undefined && outcome === "accepted")
    services.metrics.countClockAnomaly(provider, request.clock);
  services.metrics.countDelivery(provider, outcome, Math.max(0, services.clock() - receivedAt) / 1000);
}

function createDeliveryKey(ctx: Context, { provider, receivedAt }: LegacyRequest): string {
  const given = ctx.get("idempotency-key");
  if (given === "") return createOrderedUuid(receivedAt);
  if (given.length > keyMax) throw new AppError("invalid", `Idempotency-Key must be at most ${keyMax} characters long`);
  return hash("sha256", `${provider}\nkey ${given}`, "base64url").slice(0, 24);
}

/**
 * A UUID version 7, which begins with the time: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
 * It is indexed in three tables. Keys in time order are next to each other there, so a commit writes fewer pages.
 */
function createOrderedUuid(at: Millis): string {
  const time = at.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
