import { readHost } from "../../core/read-host.ts";
import { readPath, toHttpUrl } from "../url.ts";

/** The project of an event about code. gitlabhq app/models/project.rb, `hook_attrs`. */
export interface CodeProject {
  readonly id?: number | null | undefined;
  readonly path_with_namespace?: string | null | undefined;
  readonly web_url?: string | null | undefined;
  readonly default_branch?: string | null | undefined;
}

/** The project's path, as runs have it; empty where the payload has none. */
export function nameCodeProject({ path_with_namespace: path, web_url: webUrl }: CodeProject): string {
  return path || readPath(webUrl);
}

/** An id that is unique among all GitLab servers that post to a source: GitLab's own is unique on its server. */
export function identify({ web_url: webUrl }: CodeProject, id: string): string {
  const host = readHost(toHttpUrl(webUrl));
  return host === undefined ? id : `${host}/${id}`;
}
