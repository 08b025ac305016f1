import { hash } from "node:crypto";
import type { Router } from "@koa/router";
import { toHttpUrl } from "../../adapters/url.ts";
import type { StoredRun } from "../../core/store/index.ts";
import { requireReader } from "../auth.ts";
import { createParameterParser } from "../api/parse-parameters.ts";
import { findRuns, runsParameters } from "../api/runs.ts";
import { compressResponse } from "../compress-response.ts";
import type { Services } from "../services.ts";
import { html, renderHtml, type Html } from "./html.ts";
import { viewRoot } from "./links.ts";
import { failureResults } from "./run-table.ts";

const {
  limit: _limit,
  cursor: _cursor,
  result: _result,
  state: _state,
  sort: _sort,
  format: _format,
  ...filterParameters
} = runsParameters;
const parseFilter = createParameterParser(filterParameters);

/** Entries of the feed. */
const entriesMax = 50;

/** `GET /ui/failures.atom`: the latest failures as a feed, with the filters of the list of runs. Feed readers send the token by Basic. */
export function addFailuresFeed(router: Router, services: Services): void {
  router.get(`${viewRoot}failures.atom`, compressResponse, requireReader(services), async (ctx) => {
    const filter = parseFilter(new URLSearchParams(ctx.querystring), services.clock());
    const { items } = await findRuns(services, { ...filter, result: failureResults, limit: entriesMax });
    const text = renderHtml(renderFeed(items, `failures.atom${ctx.search}`));
    ctx.set("Cache-Control", "private, no-cache");
    ctx.set("X-Content-Type-Options", "nosniff");
    ctx.type = "application/atom+xml; charset=utf-8";
    ctx.body = text;
  });
}

/**
 * https://www.rfc-editor.org/rfc/rfc4287. Links are relative to the feed, because the server does not know the prefix that a proxy puts before
 * its paths.
 */
function renderFeed(runs: readonly StoredRun[], self: string): Html {
  const updated = Math.max(0, ...runs.map(getEnd));
  return html`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>${createUrn("feed", self)}</id>
<title>Pipegauge: failures</title>
<updated>${new Date(updated).toISOString()}</updated>
<author><name>Pipegauge</name></author>
<link rel="self" href="${toXml(self)}"/>
<link rel="alternate" type="text/html" href="runs?result=${failureResults.join()}"/>
${runs.map(renderEntry)}</feed>
`;
}

function renderEntry(run: StoredRun): Html {
  const { id, source, nativeId, attempt, project, pipeline, number, result, ref, sha, title } = run;
  const name = [...new Set([project, pipeline])].filter((one) => one !== null).join(" / ");
  const details = [
    title,
    ref !== null && `on ${ref}`,
    sha !== null && `commit ${sha.slice(0, 12)}`,
    `source ${source}`,
  ];
  const url = toHttpUrl(run.url);
  return html`<entry>
<id>${createUrn(source, nativeId, String(attempt))}</id>
<title>${toXml(`${name} ${number ?? nativeId}: ${result ?? ""}`)}</title>
<updated>${new Date(getEnd(run)).toISOString()}</updated>
<link rel="alternate" type="text/html" href="runs/${id}"/>
${url !== undefined && html`<link rel="related" href="${toXml(url)}"/>`}
<summary>${toXml(details.filter((one) => typeof one === "string").join(", "))}</summary>
</entry>
`;
}

function getEnd({ finishedAt, updatedAt, firstSeenAt }: StoredRun): number {
  return finishedAt ?? updatedAt ?? firstSeenAt;
}

/** The same for the same names, on every replica and after a copy: a UUID of version 8, https://www.rfc-editor.org/rfc/rfc9562#section-5.8 */
function createUrn(...names: readonly string[]): string {
  const digest = hash("sha256", JSON.stringify(names), "hex");
  const parts = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `8${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ];
  return `urn:uuid:${parts.join("-")}`;
}

/** XML 1.0 allows no other characters: https://www.w3.org/TR/xml/#charsets */
function toXml(text: string): string {
  return text.toWellFormed().replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD");
}
