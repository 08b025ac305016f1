import type { StoredRun } from "../../core/store/index.ts";
import { untrusted } from "./format.ts";
import { html, type Html } from "./html.ts";

/** Project and pipeline as text; once where both have the same name. */
export function pipelineName({ project, pipeline }: Pick<StoredRun, "project" | "pipeline">): Html {
  const name = pipeline === null || pipeline === project || project === null ? undefined : pipeline;
  return html`${untrusted(project ?? pipeline)}${name !== undefined && [" / ", untrusted(name)]}`;
}
