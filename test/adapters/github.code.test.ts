import { expect } from "chai";
import { github } from "../../src/adapters/github/index.ts";
import type { CodeEvent } from "../../src/core/code-event.ts";
import { merge, toFolded } from "../../src/core/merge.ts";
import type { Parsed } from "../../src/core/adapter.ts";
import { fold, permutations } from "../support/model/fold.ts";
import { changed, fixture, observed, request } from "../support/payloads/github.ts";

const parse = (name: string): Parsed => github.parse(fixture(name), "github");

function getCodeEvent(parsed: Parsed): CodeEvent {
  const [event] = ("codeEvents" in parsed ? parsed.codeEvents : undefined) ?? [];
  if (event === undefined) throw new Error(`no code event: ${JSON.stringify(parsed)}`);
  return event;
}

/** What is left of deliveries in every order, each of them twice. */
function foldAll(names: readonly string[]): object[] {
  return permutations(names).map((order) =>
    [...order, ...order]
      .map((name) => toFolded<object>(getCodeEvent(parse(name))))
      .reduce((all, one) => merge(all, one)),
  );
}

describe("github adapter: deployments", () => {
  const names = ["created", "waiting-for-approval", "approved", "in-progress", "succeeded"].map(
    (it) => `deployment-${it}`,
  );

  it("are the same in every order, each delivery twice", () => {
    for (const { facts } of foldAll(names) as { facts: object }[]) {
      expect(facts).to.deep.equal({
        project: "northwind/storefront",
        environment: "production",
        tier: "production",
        ref: "main",
        sha: "4be1d60f0f5cc2a3b6e2f8b6e0a9917b5a3c7d21",
        run: "19440026631",
        job: "55590188799",
        url: "https://github.com/northwind/storefront/actions/runs/19440026631/job/55590188799",
        nativeStatus: "success",
        state: "finished",
        result: "success",
        createdAt: Date.UTC(2026, 10, 20, 9, 21, 2),
        startedAt: Date.UTC(2026, 10, 20, 9, 40, 41),
        finishedAt: Date.UTC(2026, 10, 20, 9, 43, 10),
      });
    }
  });

  it("tell how long their job waited for its approval, in every order with the job's own deliveries", () => {
    const own = (status: string, fields: object = {}) =>
      observed(changed("job-queued", { id: 55590188799, name: "deploy", status, ...fields }, { action: status }));
    const deliveries = [
      own("waiting"),
      observed(parse("deployment-waiting-for-approval")),
      observed(parse("deployment-approved")),
      own("in_progress", { started_at: "2026-11-20T09:40:41Z", runner_id: 5 }),
    ];
    for (const order of permutations(deliveries)) {
      const { runs } = fold([...order, ...order]);
      const job = runs["github/19440026631"]?.jobs.get("55590188799");
      expect(job?.folded.facts).to.include({
        name: "deploy",
        state: "executing",
        gate: "approval",
        gatedAt: Date.UTC(2026, 10, 20, 9, 21, 4),
        gateOpenedAt: Date.UTC(2026, 10, 20, 9, 40, 30),
      });
      expect(job?.folded.startedAt).to.equal(Date.UTC(2026, 10, 20, 9, 40, 41));
    }
  });

  it("name no run and no job where another tool deploys", () => {
    const { facts } = getCodeEvent(parse("deployment-by-another-tool-to-a-changed-environment"));
    expect(facts).to.not.have.any.keys("run", "job");
    expect(facts).to.include({ environment: "qa-eu", tier: null, result: "error" });
  });

  const status = (fields: object) => changed("deployment-succeeded", fields);

  it("keep the latest of several results", () => {
    const [good, bad] = [status({}), status({ state: "failure", created_at: "2026-11-20T10:00:00Z" })].map((parsed) =>
      toFolded<object>(getCodeEvent(parsed)),
    ) as [ReturnType<typeof toFolded<object>>, ReturnType<typeof toFolded<object>>];
    for (const { facts } of [merge(good, bad), merge(bad, good)]) {
      expect(facts).to.include({ result: "failure", finishedAt: Date.UTC(2026, 10, 20, 10) });
    }
  });

  it("with an unknown state are kept as dead letters, and what was replaced is ignored", () => {
    expect(status({ state: "paused" })).to.deep.equal({
      kind: "invalid",
      problems: ['deployment_status.state is unknown: "paused"'],
    });
    expect(status({ state: "inactive" })).to.have.property("kind", "ignored");
  });
});

describe("github adapter: pull requests", () => {
  it("are the same in every order, each delivery twice", () => {
    for (const { facts } of foldAll(["pull-request-opened-as-draft", "pull-request-merged"]) as { facts: object }[]) {
      expect(facts).to.include({
        number: "77",
        status: "merged",
        openedAt: Date.UTC(2026, 10, 19, 14, 2, 11),
        mergedAt: Date.UTC(2026, 10, 20, 9, 13, 58),
        mergeSha: "4be1d60f0f5cc2a3b6e2f8b6e0a9917b5a3c7d21",
        draft: false,
      });
    }
  });

  const merged = (fields: object) => getCodeEvent(changed("pull-request-merged", fields)).facts;

  it("are reverts by the beginning of their title", () => {
    for (const title of ['Revert "Round prices half up"', "revert: feat(cart): round", "Revert!"]) {
      expect(merged({ title })).to.include({ revert: true });
    }
    for (const title of ["Reverting is easy", "Do not revert this", "", null]) {
      expect(merged({ title })).to.include({ revert: false });
    }
  });

  it("are urgent by a label or by their branch", () => {
    const head = { sha: "c0ffee0f0f5cc2a3b6e2f8b6e0a9917b5a3c7d21" };
    for (const name of ["hotfix", "Hot-fix", "kind/hotfix", "type: hotfix"]) {
      expect(merged({ labels: [null, { name }] })).to.include({ hotfix: true });
    }
    expect(merged({ head: { ...head, ref: "hotfix/rounding" } })).to.include({ hotfix: true });
    for (const name of ["not a hotfix please", "hotfixes", "", null]) {
      expect(merged({ labels: [{ name }] })).to.include({ hotfix: false });
    }
    expect(merged({ labels: null, head: { ...head, ref: "fix/hotfix" } })).to.include({ hotfix: false });
  });

  it("have the commit of a merge only when they are merged", () => {
    expect(merged({ merged: false, merged_at: null })).to.include({ status: "closed", mergeSha: null, mergedAt: null });
    expect(merged({ merge_commit_sha: null })).to.include({ status: "merged", mergeSha: null });
    expect(merged({ merged_at: null })).to.include({ mergedAt: Date.UTC(2026, 10, 20, 9, 13, 58) });
  });
});

describe("github adapter: what is kept of bodies about code", () => {
  const names = [
    "push-to-the-default-branch",
    "pull-request-merged-that-reverts-another",
    "deployment-succeeded",
    "run-of-merge-queue",
  ];

  for (const name of names) {
    it(`has no people and no texts of theirs, and means the same: ${name}`, () => {
      const { headers, body } = fixture(name);
      const text = Buffer.from(body).toString();
      expect(text).to.match(/mira/i);

      const redacted = github.redact(text);

      expect(redacted).to.not.match(/mira|deniz|shop\.example|Half cents/i);
      expect(github.redact(redacted)).to.equal(redacted);
      expect(github.parse(request(headers["x-github-event"] ?? "", redacted), "github")).to.deep.equal(parse(name));
    });
  }
});
