import type { Parsed } from "../../../src/core/adapter.ts";
import type { CodeEvent } from "../../../src/core/code-event.ts";
import type { JobObservation, Observation, RunFacts, Version } from "../../../src/core/model.ts";
import { cleanId } from "../../../src/core/normalise.ts";
import { runResults, states } from "../../../src/core/states.ts";

type Facts = Partial<Pick<RunFacts, "nativeStatus" | "state" | "result" | "finishedAt">>;

/** What is wrong with what an adapter observation, whatever it was given; empty when nothing is. */
export function problemsOfParsed(parsed: Parsed, provider: string, source: string): string[] {
  if (parsed.kind === "ignored" || parsed.kind === "unsupported")
    return isText(parsed.reason) ? [] : [`${parsed.kind} without a reason`];
  if (parsed.kind === "invalid") return problemsOfProblems(parsed.problems);
  const codeProblems = problemsOfCodeEvents(parsed.codeEvents ?? [], provider, source);
  if (parsed.kind === "code") return codeProblems;
  const problems = parsed.observations.flatMap((observation, i) =>
    problemsOfObservation(observation, parsed.observations).map((problem) => `observation ${i + 1}: ${problem}`),
  );
  problems.push(...codeProblems);
  const foreign = parsed.observations.some(
    (observation) => observation.provider !== provider || observation.source !== source,
  );
  if (foreign) problems.push("an observation of another provider or source");
  if (!("0" in parsed.observations)) problems.push("observed, but no observation");
  return parsed.problems === undefined ? problems : [...problems, ...problemsOfProblems(parsed.problems)];
}

const shas = ["sha", "mergeSha", "headSha", "before", "after"] as const;

/** What is wrong with what an adapter states about code. */
function problemsOfCodeEvents(events: readonly CodeEvent[], provider: string, source: string): string[] {
  return events.flatMap((event) => {
    const facts: Readonly<Record<string, unknown>> = event.facts;
    const problems = isId(event.id) ? [] : [`the id of the ${event.kind} is ${JSON.stringify(event.id)}`];
    if (event.provider !== provider || event.source !== source)
      problems.push("a code event of another provider or source");
    if (!isText(facts["project"])) problems.push(`a ${event.kind} without a project`);
    for (const [name, value] of Object.entries(event.version))
      if (!isCount(value, 0)) problems.push(`version.${name} is ${value}`);
    for (const name of shas) {
      const sha = facts[name] ?? "a1b2c3d4";
      if (typeof sha !== "string" || !/^[0-9a-f]{4,64}$/.test(sha) || /^0+$/.test(sha))
        problems.push(`${name} is ${JSON.stringify(sha)}`);
    }
    if (event.kind === "push" && !isJson(event.facts.commits)) problems.push("commits is not JSON");
    if (event.kind === "deployment") problems.push(...problemsOfStanding(event.facts, [event]));
    return problems;
  });
}

function problemsOfProblems(problems: readonly string[]): string[] {
  if (problems.length === 0) return ["problems, but none is named"];
  return problems.every(isText) ? [] : ["a problem without words"];
}

function problemsOfObservation(observation: Observation, all: readonly Observation[]): string[] {
  const { run, facts, completion, attempt, jobs = [] } = observation;
  const siblings = all.filter((other) => other.run === run);
  const problems = [
    ...problemsOfPart("run", run, observation),
    ...problemsOfStanding(facts, siblings),
    ...jobs.flatMap((job) => problemsOfJob(job).map((problem) => `job ${job.job}: ${problem}`)),
  ];
  for (const label of ["project", "pipeline"] as const) {
    if (facts[label] !== undefined && !isText(facts[label])) problems.push(`${label} is empty`);
  }
  if (completion !== undefined && (facts.result ?? null) === null) problems.push("a completion without a result");
  if (completion !== undefined && !isId(completion)) problems.push("an empty completion key");
  if (attempt !== undefined && !isCount(attempt, 1)) problems.push(`attempt ${attempt} is not counted from 1`);
  if (!isJson(facts.detail)) problems.push("detail is not JSON");
  return problems;
}

function problemsOfJob(job: JobObservation): string[] {
  const { retries } = job.facts;
  return [
    ...problemsOfPart("job", job.job, job),
    ...problemsOfStanding(job.facts, [job]),
    ...(retries === undefined || isCount(retries, 0) ? [] : [`retries ${retries}`]),
  ];
}

interface Part {
  readonly version: Version;
  readonly queuedAt?: number | undefined;
  readonly startedAt?: number | undefined;
  readonly facts: Partial<Pick<RunFacts, "url" | "finishedAt" | "queueSeconds" | "durationSeconds">>;
}

/** Identity, version, times and address, which runs and jobs have alike. */
function problemsOfPart(what: string, id: string, { version, queuedAt, startedAt, facts }: Part): string[] {
  const problems = isId(id) ? [] : [`the id of the ${what} is ${JSON.stringify(id)}`];
  for (const [name, value] of Object.entries(version)) {
    if (!isCount(value, 0)) problems.push(`version.${name} is ${value}`);
  }
  for (const [name, at] of Object.entries({ queuedAt, startedAt, finishedAt: facts.finishedAt ?? undefined })) {
    if (at !== undefined && !isCount(at, 1)) problems.push(`${name} is ${at}`);
  }
  for (const name of ["queueSeconds", "durationSeconds"] as const) {
    const seconds = facts[name] ?? 0;
    if (!Number.isFinite(seconds) || seconds < 0) problems.push(`${name} is ${seconds}`);
  }
  const { url } = facts;
  if (url !== undefined && url !== null && !/^https?:\/\//i.test(url)) problems.push("url is no web address");
  return problems;
}

/** State, result, end and native status belong together. Another observation of the same delivery may say the state. */
function problemsOfStanding(facts: Facts, siblings: readonly { readonly facts: Facts }[]): string[] {
  const { nativeStatus, state, result, finishedAt } = facts;
  const problems: string[] = [];
  if (state !== undefined) {
    if (!states.includes(state)) problems.push(`state ${state}`);
    if (result === undefined) problems.push("a state without saying whether there is a result");
    if (finishedAt === undefined) problems.push("a state without saying whether it has an end");
    if (!isText(nativeStatus)) problems.push("a state without the provider's own word");
    if (state !== "finished" && finishedAt !== null) problems.push(`an end while ${state}`);
  }
  if (result !== undefined && result !== null) {
    if (!runResults.includes(result)) problems.push(`result ${result}`);
    const finished = siblings.some((sibling) => sibling.facts.state === "finished");
    if (!finished || (state !== undefined && state !== "finished")) problems.push("a result of what has not finished");
  }
  return problems;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isId(value: string): boolean {
  const clean = cleanId(value);
  return clean !== "" && clean.length <= 255;
}

function isCount(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}

function isJson(detail: string | null | undefined): boolean {
  if (detail === null || detail === undefined) return true;
  try {
    JSON.parse(detail);
    return true;
  } catch {
    return false;
  }
}
