import type { Context } from "koa";
import { collectorSource } from "../../core/legacy/saved-pipelines.ts";
import { AppError } from "../../core/errors.ts";
import { readBody } from "../body.ts";
import type { Services } from "../services.ts";
import { respondUnauthorized, checkOptionalKey } from "./psk-auth.ts";
import { readSaveMetrics } from "./save-metrics-body.ts";
import { createSavedSubmission } from "../../ingest/legacy/saved-pipeline.ts";

/**
 * `POST /save_metrics` of the pipeline collector: 200 without a body after the commit, 208 if the pipeline was saved before.
 * https://github.com/mytestopia/pipeline-metrics-collector#readme
 */
export async function saveMetrics(ctx: Context, services: Services): Promise<void> {
  const { config, clock, ledger, metrics, log } = services;
  const refusal = checkOptionalKey(ctx, config);
  if (refusal !== undefined) {
    metrics.countDelivery(collectorSource, "unauthorized", 0);
    return respondUnauthorized(ctx, refusal);
  }
  const body = await readBody(ctx, { maxBytes: config.bodyMaxBytes, budget: services.bodies });
  const receivedAt = clock();
  const read = readSaveMetrics(body);
  if (!read.ok) throw new AppError("invalid", read.problems.join("; "));
  let isRefused = false;
  // Called only if the store refuses the delivery and keeps it as a dead letter, even if the dead letter existed before.
  const text = () => {
    isRefused = true;
    return body.toString("utf8").replaceAll("\u0000", "\uFFFD");
  };
  const submission = createSavedSubmission(read.value, { receivedAt, bytes: body.length, text });
  const outcome = await ledger.submit(submission);
  metrics.countDelivery(collectorSource, isRefused ? "dead_letter" : outcome, Math.max(0, clock() - receivedAt) / 1000);
  if (submission.clock !== undefined && outcome === "accepted")
    metrics.countClockAnomaly(collectorSource, submission.clock);
  log.debug({ source: collectorSource, outcome, bytes: body.length }, "delivery");
  if (isRefused) throw new AppError("unavailable", "the database refused the data, the server log has the reason");
  ctx.status = outcome === "duplicate" ? 208 : 200;
  ctx.body = "";
}
