import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { requireCaptures } from "../support/captures.ts";
import { firstJob, observed, parsed } from "../support/payloads/gitlab.ts";

describe("gitlab adapter: captured payloads", () => {
  let captures = "";
  before(function () {
    captures = requireCaptures.call(this, "gitlab");
  });

  const read = (name: string) => JSON.parse(readFileSync(join(captures, name), "utf8")) as Record<string, unknown>;

  it("are all understood", () => {
    const files = readdirSync(captures).filter((name) => name.endsWith(".json"));
    expect(files.length).to.be.above(10);
    for (const name of files) {
      const body = read(name);
      const isRun = body["object_kind"] === "pipeline" || body["object_kind"] === "build";
      // GitLab always names the environment of a deployment; some examples were shortened by hand and do not.
      const kind = isRun ? "observed" : "environment" in body ? "code" : "invalid";
      expect(parsed(body).kind, name).to.equal(kind);
    }
  });

  it("yield what was read in them by hand", () => {
    const success = observed(read("mattermost_PipelineSuccess.json"));
    const full = observed(read("docs_2026_job_full.json"));
    const oldest = observed(read("go-playground_build-event.json"));
    const child = observed({ object_kind: "pipeline", ...read("otel_pipeline_child_multiproject.json") });

    expect(success).to.include({ run: "62", startedAt: Date.UTC(2019, 4, 1, 13, 55, 31) });
    expect(success.version).to.deep.include({ epoch: 1142, clock: Date.UTC(2019, 4, 1, 13, 55, 51) });
    expect(success.facts).to.include({ project: "manland/webhook", durationSeconds: 19, queueSeconds: null });
    expect([full.run, firstJob(full).job]).to.deep.equal(["2366", "1977"]);
    expect(full.facts).to.include({ pipeline: "gitlab-org/gitlab-test", title: "Build pipeline" });
    expect([oldest.run, oldest.facts.project]).to.deep.equal(["2366", "gitlab-org/gitlab-test"]);
    expect(child.facts).to.include({ parent: "1", trigger: "parent_pipeline", title: "Child Pipeline" });
  });

  it("a finish that is left from an earlier attempt is ignored", () => {
    const minimal = { object_kind: "pipeline", project: { path_with_namespace: "a/b" } };
    const observation = observed({ ...minimal, ...read("otel_pipeline_running_with_finished_at_minimal.json") });

    expect(observation.facts).to.include({ state: "executing", finishedAt: null });
    expect(observation.version.clock).to.equal(Date.UTC(2022, 0, 1, 12));
  });
});
