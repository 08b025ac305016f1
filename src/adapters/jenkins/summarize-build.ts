import { withoutEmails } from "../redact.ts";
import { omitUndefined } from "../omit-undefined.ts";
import type { Build, TestSummary } from "./schema.ts";

const bytesMax = 8 * 1024;
const textMax = 500;

/**
 * What people want to see of a build and no metric needs, as JSON of at most 8 kB and without e-mail addresses: test totals, notes,
 * parameters (Jenkins leaves out the sensitive ones). Long texts are cut; the number of parameters that do not fit is given.
 */
export function summarizeBuild(build: Build): string | undefined {
  const detail: Record<string, unknown> = {};
  const tests = build.test_summary ? summarizeTests(build.test_summary) : undefined;
  if (tests !== undefined) detail["tests"] = tests;
  if (build.notes) detail["notes"] = cut(build.notes);
  const parameters = Object.entries(build.parameters ?? {});
  if (parameters.length > 0) Object.assign(detail, fitParameters(parameters, bytesMax - countBytes(detail)));
  return Object.keys(detail).length === 0 ? undefined : JSON.stringify(detail);
}

function summarizeTests({ total, failed, passed, skipped, failed_tests: names }: TestSummary) {
  const failedTests = names && names.length > 0 ? names.slice(0, 5).map((name) => cut(toText(name))) : undefined;
  return omitUndefined({
    total: total ?? undefined,
    failed: failed ?? undefined,
    passed: passed ?? undefined,
    skipped: skipped ?? undefined,
    failedTests,
  });
}

/** As many parameters as fit into `room` bytes, in their order, and the number of those left out. */
function fitParameters(parameters: readonly (readonly [string, unknown])[], room: number) {
  const kept: (readonly [string, string])[] = [];
  let size = 100;
  for (const [name, value] of parameters) {
    const pair = [cut(name), cut(toText(value))] as const;
    size += countBytes(pair);
    if (size > room) break;
    kept.push(pair);
  }
  const omitted = parameters.length - kept.length;
  return { parameters: Object.fromEntries(kept), ...(omitted > 0 ? { parametersLeftOut: omitted } : {}) };
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function cut(text: string): string {
  const kept = withoutEmails(text.slice(0, 2 * textMax))
    .slice(0, textMax)
    .toWellFormed();
  return text.length <= textMax ? kept : `${kept}…`;
}

function countBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
