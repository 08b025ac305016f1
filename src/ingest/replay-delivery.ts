import type { Adapter, SourceSettings } from "../core/adapter.ts";
import type { Ledger } from "../core/ledger.ts";
import type { Millis } from "../core/time.ts";
import { isChanged, restoreRequest } from "./kept-content.ts";
import { createSubmission } from "./submission.ts";

/** A delivery whose body is stored. */
export interface KeptDelivery {
  readonly key: string;
  readonly source: string;
  readonly provider: string;
  readonly receivedAt: Millis;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The settings that decide how a delivery is parsed. */
export interface ReplaySettings {
  readonly sources: readonly { readonly name: string; readonly settings?: SourceSettings | undefined }[];
  readonly jobsMax: number;
}

export interface ReplayParts {
  readonly ledger: Pick<Ledger, "submit">;
  readonly config: ReplaySettings;
  readonly adapters: readonly Adapter[];
}

/** `unknown`: its provider has no adapter. `incomplete`: only part of the body was kept, so it is not sent. */
export const replayResults = ["accepted", "ignored", "dead_letter", "duplicate", "unknown", "incomplete"] as const;
export type Replayed = (typeof replayResults)[number];

/** Parses a stored body again with the current adapter. What was counted before is not counted again. */
export async function replayDelivery(
  { ledger, config, adapters }: ReplayParts,
  stored: KeptDelivery,
): Promise<Replayed> {
  const { sources, jobsMax } = config;
  const adapter = adapters.find(({ name }) => name === stored.provider);
  if (adapter === undefined) return "unknown";
  if (isChanged(stored)) return "incomplete";
  const { source, key } = stored;
  const settings = sources.find(({ name }) => name === source)?.settings;
  const options = { source, keepBodies: true, settings, jobsMax, replayOf: key };
  return ledger.submit(createSubmission(adapter, restoreRequest(stored), options));
}
