import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { adapters } from "../../src/adapters/index.ts";

const home = join(import.meta.dirname, "../../src/adapters");

/**
 * What answers are computed from, by the provider that sends it: facts of runs, of jobs (`job.`) and of code events. Each of them is in a golden
 * file, so that an adapter that stops reading one fails here.
 */
const facts: Readonly<Record<string, string>> = {
  gitlab: `change committedAt defaultBranch detail parent parentJob refKind sha startedBy title trigger
    job.environment job.environmentAction job.environmentTier job.gate job.gatedAt job.retriesBefore job.runnerClass job.startedBy
    deployment.environment deployment.job deployment.result deployment.sha deployment.state deployment.tier
    change.draft change.headCommittedAt change.headSha change.hotfix change.mergedAt change.mergeSha change.number change.openedAt
    change.revert change.target push.after push.before push.commitCount push.commits push.defaultBranch`,
  github: `change committedAt defaultBranch detail refKind restartedBy sha startedBy title trigger
    job.attempt job.environment job.failedStep job.gate job.gatedAt job.gateOpenedAt job.runnerClass job.steps
    deployment.createdAt deployment.environment deployment.job deployment.result deployment.run deployment.sha deployment.state
    deployment.tier change.draft change.headSha change.hotfix change.mergedAt change.mergeSha change.number change.openedAt change.revert
    change.target push.after push.before push.commitCount push.commits push.defaultBranch push.forced`,
  tekton: `change detail graph parent ref refKind restartOf sha trigger
    job.exitCode job.failedStep job.failureReason job.retries job.steps job.tries`,
  jenkins: "change defaultBranch detail ref refKind sha",
};

interface Golden {
  readonly parsed?: {
    readonly observations?: readonly {
      readonly facts?: object;
      readonly jobs?: readonly { readonly facts?: object }[];
    }[];
    readonly codeEvents?: readonly { readonly kind: string; readonly facts: object }[];
  };
}

/** The names of all facts with a value that a golden file holds. */
function listFacts({ parsed = {} }: Golden): string[] {
  const list = (prefix: string, stated: object = {}) =>
    Object.entries(stated).flatMap(([name, value]) => (value === null ? [] : [`${prefix}${name}`]));
  const { observations = [], codeEvents = [] } = parsed;
  return [
    ...observations.flatMap(({ facts: ofRun, jobs = [] }) => [
      ...list("", ofRun),
      ...jobs.flatMap((job) => list("job.", job.facts)),
    ]),
    ...codeEvents.flatMap(({ kind, facts: stated }) => list(`${kind}.`, stated)),
  ];
}

describe("golden files", () => {
  it("are asked for by every provider", () => {
    expect(Object.keys(facts)).to.have.members(adapters.map(({ name }) => name));
  });

  for (const [provider, words] of Object.entries(facts)) {
    it(`show all that ${provider} sends and answers are computed from`, () => {
      const folder = join(home, provider, "testdata");
      const files = readdirSync(folder).filter((name) => name.endsWith(".golden.json"));
      const found = files.flatMap((name) => listFacts(JSON.parse(readFileSync(join(folder, name), "utf8")) as Golden));

      expect([...new Set(found)]).to.include.members(words.split(/\s+/));
    });
  }
});
