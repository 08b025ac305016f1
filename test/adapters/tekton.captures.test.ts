import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tekton } from "../../src/adapters/tekton/index.ts";
import type { RawRequest } from "../../src/core/adapter.ts";
import { requireCaptures } from "../support/captures.ts";
import { fold } from "../support/model/fold.ts";
import { observations, request } from "../support/payloads/tekton.ts";

describe("tekton adapter: published captures of real clusters", () => {
  let captures = "";
  before(function () {
    captures = requireCaptures.call(this, "tekton");
  });

  const binary = (name: string): RawRequest => {
    const lines = readFileSync(join(captures, `${name}.headers`), "utf8")
      .split("\n")
      .slice(1);
    const headers = lines.map((line) => /^([\w-]+): (.*)$/.exec(line)).filter((match) => match !== null);
    const body = readFileSync(join(captures, `${name}.json`));
    return request(Object.fromEntries(headers.map(([, key = "", value = ""]) => [key.toLowerCase(), value])), body);
  };
  const structured = (name: string) =>
    request(
      { "content-type": "application/cloudevents+json" },
      readFileSync(join(captures, "structured", `${name}.ce.json`)),
    );
  const first = (name: string) => observations(tekton.parse(binary(name), "tekton"))[0];

  it("each is observed, and says the same in both modes", () => {
    const names = readdirSync(captures).filter((name) => name.endsWith(".json"));
    expect(names.length).to.be.at.least(10);
    for (const file of names) {
      const name = file.replace(".json", "");
      const parsed = tekton.parse(binary(name), "tekton");

      expect(parsed.kind, name).to.equal("observed");
      expect(parsed).not.to.have.property("problems");
      expect(tekton.parse(structured(name), "tekton"), name).to.deep.equal(parsed);
      expect(tekton.deliveryKey(structured(name)), name).to.equal(tekton.deliveryKey(binary(name)));
    }
  });

  it("the run that fails and its job join by the uid, under one name", () => {
    const run = first("pingcap-pipelinerun.failed");
    const job = first("pingcap-taskrun.failed");

    expect(run?.facts).to.include({ project: "ee-cd", pipeline: "pingcap-build-package", result: "failure" });
    expect(run?.facts).to.include({ durationSeconds: 292, queueSeconds: 0 });
    expect(run?.jobs?.map(({ job: id, facts }) => [id, facts.result])).to.deep.equal([
      ["skipped/build-images", "skip"],
    ]);
    expect([job?.run, job?.facts]).to.deep.equal([run?.run, { project: "ee-cd", pipeline: "pingcap-build-package" }]);
    expect(job?.jobs?.[0]?.facts).to.include({ name: "build-binaries", stage: "tasks", result: "failure" });
    expect(job?.jobs?.[0]?.facts).to.include({ queueSeconds: 11, durationSeconds: 194 });
  });

  it("a pod that waited 21 seconds is pending, then executing, in every order", () => {
    const statements = ["started", "unknown", "running"]
      .map((word) => first(`pingcap-taskrun.${word}`))
      .filter((o) => o !== undefined);

    expect(statements.map(({ facts }) => [facts.state, facts.nativeStatus])).to.deep.equal([
      ["pending", "Started"],
      ["pending", "Pending"],
      ["executing", "Running"],
    ]);
    expect(statements[2]?.facts).to.include({ pipeline: "pingcap-build-images", queueSeconds: 21 });
    expect(fold(statements.toReversed())).to.deep.equal(fold(statements));
  });

  it("a started that was sent after running, with a greater resourceVersion, leads nowhere", () => {
    const statements = ["running", "started"]
      .map((word) => first(`pingcap-pipelinerun.${word}`))
      .filter((o) => o !== undefined);

    for (const order of [statements, statements.toReversed(), [...statements, ...statements]]) {
      const [record] = Object.values(fold(order).runs);
      expect(record?.folded.facts).to.include({ state: "executing", nativeStatus: "Running" });
    }
  });
});
