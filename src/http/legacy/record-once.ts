import { hash, randomUUID } from "node:crypto";
import type { Context } from "koa";
import { AppError } from "../../core/errors.ts";
import type { Delivery, Submission } from "../../core/ledger.ts";
import type { Millis, Observation } from "../../core/model.ts";
import { normalise } from "../../core/normalise.ts";
import type { Services } from "../services.ts";

/** What one request to an older API says. */
export interface LegacyRequest {
  /** Of the older tool; its source bears the same name. */
  readonly provider: string;
  readonly receivedAt: Millis;
  readonly bytes: number;
  /** What is to be known of it though it counted; `null` or left out: nothing. */
  readonly reason?: string | null;
  /** Set where that is a time that our clock contradicts. */
  readonly clock?: Submission["clock"];
  /** The same for a given `run`, so that a repetition says the same. */
  readonly observe: (run: string) => Observation;
}

const keyMax = 1024;

/**
 * Counts a request through the ledger like a native delivery: once for each `Idempotency-Key`, and each time where the
 * sender has none. Returns after the commit. Throws `unavailable` when nothing was counted.
 */
export async function recordOnce(ctx: Context, services: Services, request: LegacyRequest): Promise<void> {
  const { provider, receivedAt, bytes, reason = null, observe } = request;
  const key = deliveryKey(ctx, request);
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
    // Asked for only when the store refuses the delivery and it is kept as a dead letter, even if that was there before.
    content() {
      isRefused = true;
      return { headers: "{}", body: JSON.stringify(observation.facts) };
    },
  };
  const outcome = await services.ledger.submit(submission);
  services.log.debug({ source: provider, outcome, bytes }, "delivery");
  if (isRefused) throw new AppError("unavailable", "the database refused the data, the server log has the reason");
  if (request.clock !== undefined && outcome === "accepted") services.metrics.doubted(provider, request.clock);
  services.metrics.delivered(provider, outcome, Math.max(0, services.clock() - receivedAt) / 1000);
}

function deliveryKey(ctx: Context, { provider, receivedAt }: LegacyRequest): string {
  const given = ctx.get("idempotency-key");
  if (given === "") return orderedUuid(receivedAt);
  if (given.length > keyMax) throw new AppError("invalid", `Idempotency-Key must be at most ${keyMax} characters long`);
  return hash("sha256", `${provider}\nkey ${given}`, "base64url").slice(0, 24);
}

/**
 * A random UUID that begins with the time: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
 * It goes into the indexes of three tables, and what arrives together lies together there: fewer pages to write a commit.
 */
function orderedUuid(at: Millis): string {
  const time = at.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
