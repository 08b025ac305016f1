import type { Context } from "koa";
import { getReaderProof } from "../auth.ts";
import { isHttps } from "../cookies.ts";
import type { Services } from "../services.ts";
import { createLinks } from "./links.ts";
import type { Page } from "./view.ts";

/** What the views of this request may use. */
export function createPage(ctx: Context, services: Services): Page {
  const links = createLinks(ctx.path);
  return {
    services,
    links,
    now: services.clock(),
    ask: services.answers.startRequest(),
    base: getBaseUrl(ctx),
    reader: getReaderProof(ctx),
    isLive: isLive(ctx),
    toSelf(live) {
      const query = new URLSearchParams(ctx.querystring);
      query.delete(liveParameter);
      if (live) query.set(liveParameter, "1");
      return links.toServer(`${ctx.path.slice(1)}${query.size > 0 ? `?${query.toString()}` : ""}`);
    },
  };
}

/** Asks any view to refresh itself; views do not see it. */
export const liveParameter = "live";

export function isLive(ctx: Context): boolean {
  return ctx.query[liveParameter] === "1";
}

/** The base URL that the page was opened with; `/` if the Host header is not a valid host. */
function getBaseUrl(ctx: Context): string {
  const host = /^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i.test(ctx.host) ? ctx.host : "";
  const scheme = isHttps(ctx) ? "https" : "http";
  return host === "" ? "/" : `${scheme}://${host}/`;
}
