import type { Router } from "@koa/router";
import type { Context, Middleware } from "koa";
import { requireReader } from "../auth.ts";
import { compressResponse } from "../compress-response.ts";
import type { Services } from "../services.ts";
import { describeApi, endpoints } from "./openapi.ts";
import { respondWithCsv } from "./runs-csv.ts";
import { listRuns } from "./runs.ts";

/** The read API, docs/api.md. openapi.json describes every response. */
export function addApi(router: Router, services: Services): void {
  const guards = [compressResponse, requireReader(services)] as const;
  router.get(listRuns.path, ...guards, respondWithCsv(services));
  for (const { path, respond } of endpoints) {
    const route = path.replaceAll(/\{(\w+)\}/g, ":$1");
    router.get(
      route,
      ...guards,
      respondWith((ctx, query) => respond(services, query, ctx["params"])),
    );
  }
  const document = describeApi();
  router.get(
    "/openapi.json",
    ...guards,
    respondWith(async () => document),
  );
}

/** No caching, because project names may be confidential, and no content sniffing. */
function respondWith(respond: (ctx: Context, query: URLSearchParams) => Promise<object>): Middleware {
  return async (ctx) => {
    ctx.set("Cache-Control", "no-store");
    ctx.set("X-Content-Type-Options", "nosniff");
    const query = new URLSearchParams(ctx.querystring);
    const response = await respond(ctx, query);
    if ("next_cursor" in response && typeof response.next_cursor === "string")
      linkNextPage(ctx, query, response.next_cursor);
    ctx.body = response;
  };
}

/** A link relative to the request: https://www.rfc-editor.org/rfc/rfc8288 */
function linkNextPage(ctx: Context, query: URLSearchParams, cursor: string): void {
  query.set("cursor", cursor);
  ctx.set("Link", `<?${query.toString()}>; rel="next"`);
}
