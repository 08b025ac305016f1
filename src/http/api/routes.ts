import type { Router } from "@koa/router";
import type { Context, Middleware } from "koa";
import { AppError } from "../../core/errors.ts";
import { requireReader } from "../auth.ts";
import type { Services } from "../services.ts";
import { findStaleBefore } from "../stale.ts";
import { deliveryAnswer, groupAnswer, isoTime, runAnswer, runDetailAnswer } from "./answers.ts";
import { cursorOf, positionOf } from "./cursor.ts";
import { lookUpRuns, lookUpState, lookUpSummary, statusAnswer } from "./looks.ts";
import { openApiDocument } from "./openapi.ts";
import { readDeliveries, readNothing, readRuns, readSummary } from "./queries.ts";

/** The read API, docs/api.md: everything it answers is JSON that openapi.json describes. */
export function addApi(router: Router, services: Services): void {
  const guard = requireReader(services.config, services.pageToken);
  const get = (path: string, answer: (ctx: Context, query: URLSearchParams) => Promise<object>) =>
    router.get(path, guard, answered(answer));
  const now = () => services.clock();

  get("/api/v1/runs", async (_, query) => {
    const { items, next } = await lookUpRuns(services, readRuns(query, now()));
    return { runs: items.map(runAnswer), next_cursor: cursorOf("runs", next) };
  });

  get("/api/v1/runs/:id", async (ctx, query) => {
    readNothing(query, now());
    const text = String(ctx["params"].id);
    if (!/^[1-9]\d{0,14}$/.test(text)) {
      throw new AppError(
        "invalid",
        "id: give the id of a run, a whole number; ?native_id= at /api/v1/runs finds others",
      );
    }
    const found = await services.store.read("run", { id: Number(text), staleBefore: findStaleBefore(services) });
    if (found === undefined) throw new AppError("not_found", `there is no run ${text}, or no longer`);
    return runDetailAnswer(found);
  });

  get("/api/v1/summary", async (_, query) => {
    const parameters = readSummary(query, now());
    const { since, until, groups, truncated } = await lookUpSummary(services, parameters);
    const span = { since: isoTime(since), until: isoTime(until) };
    return { ...span, by: parameters.by, groups: groups.map(groupAnswer), truncated };
  });

  get("/api/v1/deliveries", async (_, query) => {
    const { cursor, ...asked } = readDeliveries(query, now());
    const after = positionOf("deliveries", cursor);
    const { items, next } = await services.store.read("deliveries", { ...asked, after });
    return { deliveries: items.map(deliveryAnswer), next_cursor: cursorOf("deliveries", next) };
  });

  get("/api/v1/status", async (_, query) => {
    readNothing(query, now());
    return statusAnswer(services, await lookUpState(services));
  });

  const document = openApiDocument();
  router.get(
    "/openapi.json",
    guard,
    answered(async () => document),
  );
}

/** Names of people's projects do not belong into a cache, nor JSON into a guess at its type. */
function answered(answer: (ctx: Context, query: URLSearchParams) => Promise<object>): Middleware {
  return async (ctx) => {
    ctx.set("Cache-Control", "no-store");
    ctx.set("X-Content-Type-Options", "nosniff");
    ctx.body = await answer(ctx, new URLSearchParams(ctx.querystring));
  };
}
