import { expect } from "chai";
import { negotiate } from "../../src/metrics/negotiate.ts";

const text = "text/plain; version=0.0.4; charset=utf-8";
const newest = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const draft = "application/openmetrics-text; version=0.0.1; charset=utf-8";

/** What scrapers and people send, and what they must get. */
const cases: readonly [who: string, accept: string | undefined, contentType: string][] = [
  ["a client without an Accept header", undefined, text],
  ["an empty header", "", text],
  ["curl", "*/*", text],
  ["a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", text],
  ["Prometheus 2.20", "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", draft],
  [
    "Prometheus 2.42",
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    newest,
  ],
  [
    "Prometheus 2.50",
    "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    newest,
  ],
  [
    "Prometheus 3",
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    `${newest}; escaping=allow-utf-8`,
  ],
  [
    "Prometheus 3 that would rather have protobuf",
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1",
    `${newest}; escaping=underscores`,
  ],
  [
    "Prometheus 3 that is configured to use text",
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    text,
  ],
  ["who wants text more", "application/openmetrics-text;version=1.0.0;q=0.2,text/plain;version=0.0.4;q=0.3", text],
  ["who wants both alike", "text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0;q=0.5", newest],
  ["who wants anything more than OpenMetrics", "application/openmetrics-text;version=1.0.0;q=0.2,*/*;q=0.3", text],
  [
    "who prefers the draft",
    "application/openmetrics-text;version=1.0.0;q=0.2,application/openmetrics-text;version=0.0.1;q=0.3",
    draft,
  ],
  ["who names no version", "application/openmetrics-text", newest],
  ["who names a version to come", "application/openmetrics-text;version=2.0.0", text],
  ["who refuses OpenMetrics", "application/openmetrics-text;version=1.0.0;q=0,*/*;q=0.1", text],
  ["who refuses text", "text/plain;q=0,application/openmetrics-text;version=1.0.0;q=0.001", newest],
  ["who accepts neither", "application/json", text],
  ["capitals, blanks and quotes", ' Application/OpenMetrics-Text ; Version="1.0.0" ; Q=0.9 , text/plain;q=0.5', newest],
  ["an unreadable weight", "application/openmetrics-text;version=1.0.0;q=high", text],
  ["a weight past 1", "text/plain;q=1.5,application/openmetrics-text;version=1.0.0", newest],
  [
    "an escaping scheme that does not exist",
    "application/openmetrics-text;version=1.0.0;escaping=\r\nx",
    `${newest}; escaping=underscores`,
  ],
  ["noise", ",;,=;q,/;version", text],
];

describe("content negotiation of /metrics", () => {
  for (const [who, accept, contentType] of cases) {
    it(`answers ${who} with ${contentType}`, () => {
      expect(negotiate(accept)).to.deep.equal({
        format: contentType.startsWith("text/plain") ? "text" : "openmetrics",
        contentType,
      });
    });
  }
});
