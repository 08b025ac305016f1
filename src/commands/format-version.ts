import { name as program, readBuildInfo, version } from "../version.ts";

/** `pipegauge --version`: the first line has the version alone, for scripts. */
export async function formatVersion(): Promise<string> {
  const { readEngineVersions } = await import("../core/store/index.ts");
  const { commit, builtAt } = readBuildInfo() ?? { commit: "unknown", builtAt: "at an unknown time" };
  return [
    `${program} ${version}`,
    `commit ${commit}, built ${builtAt}`,
    `Node.js ${process.version.slice(1)}, ${readEngineVersions().join(", ")}`,
    "",
  ].join("\n");
}
