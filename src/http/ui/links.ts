/** A query parameter that is left out where it is `undefined` or empty. */
export type LinkParameters = Readonly<Record<string, string | undefined>>;

/** URLs relative to the view that is shown, so that they hold below any path prefix of a proxy. */
export interface Links {
  /** A view or a file of the page: `toView("runs", { project })`; `toView("")` is the first view. */
  readonly toView: (path: string, parameters?: LinkParameters) => string;
  /** Any other path of the server: `toServer("metrics")`. */
  readonly toServer: (path: string) => string;
}

/** Where the views are; `/` leads there. */
export const viewRoot = "/ui/";

/** Links for a view at `path`, for example `/ui/runs/7`. */
export function createLinks(path: string): Links {
  const depth = Math.max(0, path.split("/").length - viewRoot.split("/").length);
  const root = "../".repeat(depth);
  return {
    toView: (view, parameters = {}) => `${root === "" && view === "" ? "./" : `${root}${view}`}${toQuery(parameters)}`,
    toServer: (other) => `${root}../${other}`,
  };
}

/** `?a=b`, or nothing where no parameter has a value. */
export function toQuery(parameters: LinkParameters): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => (entry[1] ?? "") !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}
