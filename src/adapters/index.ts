import type { Adapter } from "../core/adapter.ts";
import { github } from "./github/index.ts";
import { gitlab } from "./gitlab/index.ts";
import { jenkins } from "./jenkins/index.ts";
import { tekton } from "./tekton/index.ts";

/** Every provider: one import and one entry. */
export const adapters = [gitlab, tekton, jenkins, github] as const satisfies readonly Adapter[];

export type ProviderName = (typeof adapters)[number]["name"];

/** Loads all that verifying needs, so that the first delivery of a sender opens no file. */
export async function loadAdapters(): Promise<void> {
  await Promise.all(adapters.map(async (adapter: Adapter) => adapter.load?.()));
}

export function getAdapter(provider: ProviderName): Adapter {
  const adapter = adapters.find(({ name }) => name === provider);
  if (adapter === undefined) throw new Error(`no adapter is registered for ${provider}`);
  return adapter;
}
