import type { Router } from "@koa/router";
import type { Middleware } from "koa";
import { adapters } from "../../adapters/index.ts";
import { AppError } from "../../core/errors.ts";
import { replayDelivery } from "../../ingest/replay-delivery.ts";
import { getReaderProof } from "../auth.ts";
import { readOwnForm } from "../form.ts";
import type { Services } from "../services.ts";
import { findStoredDelivery } from "./delivery.ts";
import { viewRoot } from "./links.ts";
import { seeOther } from "./see-other.ts";

/** `POST /ui/deliveries/:id/replay`: as `pipegauge replay` does with one delivery. `guards` let only readers in. */
export function addReplay(router: Router, services: Services, guards: readonly Middleware[]): void {
  router.post(`${viewRoot}deliveries/:id/replay`, ...guards, async (ctx) => {
    await readOwnForm(ctx, services);
    if (getReaderProof(ctx) === "none")
      throw new AppError("forbidden", "a replay needs PIPEGAUGE_API_TOKEN to be set: the page is open to anyone");
    const stored = await findStoredDelivery(services, (ctx["params"] as { id?: string }).id ?? "");
    const { headers, body } = stored;
    const { ledger, config } = services;
    if (body === null)
      throw new AppError("invalid", "the body of this delivery is not stored: let the sender send it again");
    const outcome = await replayDelivery({ ledger, config, adapters }, { ...stored, headers: headers ?? {}, body });
    services.log.info({ delivery: stored.id, source: stored.source, outcome }, "delivery replayed");
    seeOther(ctx, `../${stored.id}?replayed=${outcome}`);
  });
}
