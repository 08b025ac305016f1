import { hash } from "node:crypto";
import type { Router } from "@koa/router";
import type { Context, Middleware } from "koa";
import type { StoredRun } from "../core/store/index.ts";
import { text } from "./api/parameters.ts";
import { createParameterParser } from "./api/parse-parameters.ts";
import { findRuns } from "./api/runs.ts";
import { requireReader } from "./auth.ts";
import { renderBadge, type BadgeState } from "./badge-image.ts";
import { getClientAddress } from "./connections.ts";
import { createFairLimit } from "./fair-limit.ts";
import type { Services } from "./services.ts";

const parse = createParameterParser({ ref: text("Branch or tag; default: the default branch") });

/** Badges that are looked up at a time: a page with many must not keep people waiting. */
const limits = { max: 4, perKey: 3, reserved: 1, queuedPerKey: 100 };
/** Parts of a path that are tried as the border between project and pipeline. */
const segmentsMax = 12;
/** The latest runs among which the last result is looked for. */
const runsMax = 20;

/** `GET /badge/<project>/<pipeline>.svg`: for readers, or for anyone where `PIPEGAUGE_PUBLIC_BADGES` says so. */
export function addBadge(router: Router, services: Services): void {
  const acquire = createFairLimit(limits);
  const guard: Middleware = services.config.publicBadges ? (_, next) => next() : requireReader(services);
  router.get("/badge/{*path}.svg", guard, async (ctx) => {
    const { ref } = parse(new URLSearchParams(ctx.querystring), services.clock());
    const release = await acquire(getClientAddress(ctx.req.socket));
    try {
      respond(ctx, await findState(services, readNames(ctx), ref));
    } finally {
      release();
    }
  });
}

interface Named {
  readonly project: string;
  readonly pipeline: string;
}

/**
 * What the path may name. `%2F` in a name makes it certain, but proxies may decode it; so every border is tried, and where project and
 * pipeline have one name, as at GitLab, the name alone.
 */
function readNames({ path }: Context): readonly Named[] {
  const parts = path.slice("/badge/".length, -".svg".length).split("/").slice(0, segmentsMax).map(decode);
  const join = (from: number, to?: number) => parts.slice(from, to).join("/");
  const borders = parts.slice(1).map((_, i) => ({ project: join(0, i + 1), pipeline: join(i + 1) }));
  return [{ project: join(0), pipeline: join(0) }, ...borders];
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Of the default branch; of all branches where the provider does not report which one that is (Tekton, most of Jenkins). */
async function findState(services: Services, names: readonly Named[], ref: string | undefined): Promise<BadgeState> {
  for (const name of names) {
    const find = async (filter: { readonly ref?: string | undefined; readonly default_branch?: true }) =>
      (await findRuns(services, { ...name, ...filter, limit: runsMax })).items;
    const own = await find(ref === undefined ? { default_branch: true } : { ref });
    const runs =
      own.length > 0 || ref !== undefined ? own : (await find({})).filter((run) => run.defaultBranch === null);
    if (runs.length > 0) return describeState(runs);
  }
  return "unknown";
}

function describeState(runs: readonly StoredRun[]): BadgeState {
  const [newest] = runs;
  if (newest?.state === "executing" || newest?.state === "pending") return "running";
  // What was cancelled or skipped says nothing about the code.
  const last = runs.find(({ result }) => result !== null && result !== "cancellation" && result !== "skip");
  if (last === undefined) return "unknown";
  return last.result === "success" ? "passing" : "failing";
}

/** Caches ask again each time, and get 304 while the state is the same. */
function respond(ctx: Context, state: BadgeState): void {
  const image = renderBadge(state);
  ctx.set("Cache-Control", "no-cache");
  ctx.set("Content-Security-Policy", "default-src 'none'");
  ctx.set("X-Content-Type-Options", "nosniff");
  ctx.set("Cross-Origin-Resource-Policy", "cross-origin");
  ctx.set("ETag", `"${hash("sha256", image, "hex").slice(0, 16)}"`);
  ctx.status = 200;
  ctx.type = "image/svg+xml";
  ctx.body = image;
  if (ctx.fresh) ctx.status = 304;
}
