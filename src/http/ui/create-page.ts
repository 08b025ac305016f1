import type { Context } from "koa";
import { getReaderProof } from "../auth.ts";
import { isHttps } from "../cookies.ts";
import type { Services } from "../services.ts";
import { createLinks } from "./links.ts";
import type { Page } from "./view.ts";

/** What the views of this request may use. */
export function createPage(ctx: Context, services: Services): Page {
  return {
    services,
    links: createLinks(ctx.path),
    now: services.clock(),
    ask: services.answers.startRequest(),
    base: getBaseUrl(ctx),
    reader: getReaderProof(ctx),
  };
}

/** The base URL that the page was opened with; `/` if the Host header is not a valid host. */
function getBaseUrl(ctx: Context): string {
  const host = /^(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i.test(ctx.host) ? ctx.host : "";
  const scheme = isHttps(ctx) ? "https" : "http";
  return host === "" ? "/" : `${scheme}://${host}/`;
}
