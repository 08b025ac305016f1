import { readList, readMember, readText } from "../optional-fields.ts";
import type { Status } from "./schema.ts";

/** Characters of a stored graph, enough for about a hundred tasks. A larger one is not stored. */
const graphMax = 8000;

/** How a task refers to a result of another one: `$(tasks.fetch.results.commit)`, also to a part of an array or object. */
const resultReference = /\$\(tasks\.([a-z0-9-]{1,63})\.results\./g;
/** Every other name is refused by Tekton: pkg/apis/pipeline/v1/pipeline_types.go, `ValidateName`. */
const taskName = /^[a-z0-9-]{1,63}$/;

/**
 * The graph of a pipeline as JSON: for each task, by name, the names of the tasks that it waits for, because they are in its
 * `runAfter` or because it reads their results (in parameters, matrix, `when` or the steps of an embedded task). Tasks in `finally`
 * wait for all of `tasks`, which is written as `["*"]`. `undefined`: the event has no definition, or one that is too large.
 * tektoncd/pipeline: pkg/apis/pipeline/v1/pipeline_types.go, `PipelineTask.Deps`; resultref.go, `PipelineTaskResultRefs`.
 */
export function describeGraph({ pipelineSpec }: Status): string | undefined {
  const tasks = readList(pipelineSpec?.tasks)
    .filter(isNamed)
    .map((task) => [task.name, findNeeds(task)]);
  const last = (pipelineSpec?.finally ?? []).filter(isNamed).map(({ name }) => [name, ["*"]]);
  if (tasks.length === 0) return undefined;
  const graph = JSON.stringify(Object.fromEntries([...tasks, ...last]));
  return graph.length > graphMax ? undefined : graph;
}

interface NamedTask {
  readonly name: string;
}

function isNamed(task: unknown): task is NamedTask {
  return taskName.test(readText(readMember(task, "name")) ?? "");
}

/** Where in a task a reference stands does not matter, so its whole JSON is searched. */
function findNeeds(task: NamedTask): readonly string[] {
  const referred = Array.from(JSON.stringify(task).matchAll(resultReference), ([, name = ""]) => name);
  const runAfter = readList(readMember(task, "runAfter")).flatMap((name) => readText(name) ?? []);
  const needs = new Set([...runAfter, ...referred]);
  return [...needs].filter((name) => taskName.test(name) && name !== task.name).toSorted();
}
