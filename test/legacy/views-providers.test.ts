import { expect } from "chai";
import { getAdapter, type ProviderName } from "../../src/adapters/index.ts";
import { createSubmission } from "../../src/ingest/submission.ts";
import { databases, sandbox } from "../support/database/databases.ts";
import { readHttpFile } from "../support/payloads/http-file.ts";
import { rows } from "../support/database/tables.ts";
import { openWithViews } from "./saved.ts";

/** A delivery of each provider about a run that was over. */
const fixtures: Readonly<Record<ProviderName, string>> = {
  gitlab: "pipeline-succeeded",
  tekton: "pipelinerun-successful-with-skipped-tasks",
  jenkins: "finalized-success-freestyle-in-folder",
  github: "run-attempt-2-succeeded",
};

for (const database of databases) {
  describe(`the old collector's tables, from webhooks: ${database.name}`, () => {
    const open = openWithViews(sandbox(database).store);

    for (const [provider, fixture] of Object.entries(fixtures) as [ProviderName, string][]) {
      it(`show a run of ${provider}`, async () => {
        const file = new URL(`../../src/adapters/${provider}/testdata/${fixture}.http`, import.meta.url);
        const { request } = readHttpFile(file.pathname);
        const entry = createSubmission(getAdapter(provider), request, { source: provider, keepBodies: false });
        const store = await open();

        expect(await store.record([entry])).to.deep.equal(["accepted"]);

        const [observation] = entry.observations;
        const found = await rows(
          store,
          "select project, pipeline_id, duration, created_at is not null as is_dated, has_restarts from metrics_pipeline",
        );
        expect(found).to.have.length(1);
        const [row = {}] = found;
        const number = Number(observation?.run);
        expect(row["project"]).to.equal(observation?.facts.project);
        expect(Number(row["pipeline_id"])).to.equal(Number.isSafeInteger(number) ? number : -1);
        expect(Number(row["duration"])).to.be.above(0);
        expect(Boolean(row["is_dated"])).to.be.true;
        expect(Boolean(row["has_restarts"])).to.equal(fixture.includes("attempt-2"));
      });
    }
  });
}
