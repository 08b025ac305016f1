import type { Millis } from "../../core/time.ts";
import type { ReaderProof } from "../auth.ts";
import type { Services } from "../services.ts";
import type { Ask } from "../answers.ts";
import type { Html } from "./html.ts";
import type { Links } from "./links.ts";

/** What every part of a view may use. */
export interface Page {
  readonly services: Services;
  readonly links: Links;
  readonly now: Millis;
  /** Asks for an answer that may take long. */
  readonly ask: Ask;
  /** The address that the browser opened, without the path and with a slash at the end; `/` if it is not valid. */
  readonly base: string;
  /** How the reader was proved to be one. */
  readonly reader: ReaderProof;
  /** Whether the view refreshes itself, by a script. */
  readonly isLive: boolean;
  /** This view with its query, refreshing itself or not, relative to itself. */
  readonly toSelf: (isLive: boolean) => string;
}

/** The values of a request: its query without empty parameters, and the parameters of its path. */
export interface ViewRequest {
  readonly query: URLSearchParams;
  readonly path: Readonly<Record<string, string>>;
}

/** One view of the page: where it is, and how it is rendered. Throws `invalid` and `not_found` as the read API does. */
export interface View {
  /** Relative to `/ui/`, as the router writes it: `runs/:id`. */
  readonly path: string;
  readonly render: (page: Page, request: ViewRequest) => Promise<Html>;
}
