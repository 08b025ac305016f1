import { expect } from "chai";
import { join } from "node:path";
import { jenkins } from "../../src/adapters/jenkins/index.ts";
import { redact } from "../../src/adapters/jenkins/redact.ts";
import { fixtureNow, readHttpFile } from "../support/payloads/http-file.ts";
import { fixtures, observations, parseBuild, request, testdata } from "../support/payloads/jenkins.ts";
import { measureProcessorMillis } from "../support/measure.ts";

describe("jenkins adapter", () => {
  for (const [phase, status, state, result] of [
    ["QUEUED", undefined, "pending", null],
    ["STARTED", undefined, "executing", null],
    ["STARTED", "FAILURE", "executing", null],
    ["NONE", undefined, "executing", null],
    ["COMPLETED", "SUCCESS", "finished", "success"],
    ["COMPLETED", "UNSTABLE", "finished", "failure"],
    ["COMPLETED", "FAILURE", "finished", "failure"],
    ["COMPLETED", "ABORTED", "finished", "cancellation"],
    ["COMPLETED", "NOT_BUILT", "finished", "skip"],
    ["FINALIZED", "SUCCESS", "finished", "success"],
    ["FINISHED", "SUCCESS", "finished", "success"],
    ["finalized", "Unstable", "finished", "failure"],
    ["Completed", "success", "finished", "success"],
    ["COMPLETED", "FAILED", "finished", "failure"],
    ["COMPLETED", "Not Built", "finished", "skip"],
    ["COMPLETED", "", "executing", null],
  ] as const) {
    it(`takes ${phase} with status ${status ?? "absent"} for ${state}, ${result ?? "no result"}`, () => {
      const [observation] = observations(parseBuild({ phase, status, timestamp: fixtureNow }));
      expect(observation.facts).to.include({ state, result, nativeStatus: result === null ? phase : status });
      expect(observation.completion).to.equal(result === null ? undefined : "job/sweep/4/");
    });
  }

  for (const [url, name, project, ref, refKind, query] of [
    ["job/shop/", "shop", "shop", undefined, undefined],
    ["job/main/", "main", "main", undefined, undefined],
    ["job/org/job/shop/", "Shop (nightly)", "org/shop", undefined, undefined],
    ["job/org/job/shop/job/feature%252Flogin/", "feature/login", "org/shop", "feature/login", "branch"],
    ["job/org/job/shop/job/PR-12/", "PR-12", "org/shop", "PR-12", "merge_request"],
    ["job/org/job/shop/job/MR-7-head/", "MR-7-head", "org/shop", "MR-7-head", "merge_request"],
    ["job/org/job/shop/job/main/", "main", "org/shop", "main", "branch"],
    ["job/org/job/shop/job/topic/", "topic", "org/shop/topic", undefined, undefined],
    ["job/org/job/shop/job/topic/", "topic", "org/shop", "topic", "branch", "multibranch=true"],
    ["job/org/job/shop/job/main/", "main", "org/shop/main", undefined, undefined, "multibranch=false"],
    ["job/shop/", "shop", "shop", undefined, undefined, "multibranch=true"],
    ["job/job/job/job/", "job", "job/job", undefined, undefined],
    ["view/all/job/a%20b/job/%C3%A9t%C3%A9/", "été", "a b/été", undefined, undefined],
    ["job/grid/os=linux/", "os=linux", "grid/os=linux", undefined, undefined],
    ["job/broken%zz/", "broken%zz", "broken%zz", undefined, undefined],
    ["https://ci.example.com/jenkins/job/org/job/shop/", "shop", "org/shop", undefined, undefined],
  ] as const) {
    it(`names the pipeline of ${url}${query === undefined ? "" : ` with ${query}`} ${project}`, () => {
      const body = { url, display_name: name, build: { phase: "STARTED", url: `${url}7/`, number: 7 } };
      const [observation] = observations(jenkins.parse(request(JSON.stringify(body), {}, query), "jenkins"));
      expect(observation.facts).to.include({ project, pipeline: project });
      expect([observation.facts.ref, observation.facts.refKind]).to.deep.equal([ref, refKind]);
    });
  }

  for (const [branch, ref, refKind] of [
    ["origin/release/2", "release/2", "branch"],
    ["refs/remotes/origin/x", "x", "branch"],
    ["refs/heads/origin/x", "origin/x", "branch"],
    ["refs/tags/v1", "v1", "tag"],
    ["refs/pull/9/head", "refs/pull/9/head", "merge_request"],
    ["PR-9", "PR-9", "merge_request"],
    ["detached", undefined, undefined],
  ] as const) {
    it(`reads the branch ${branch} as ${ref ?? "unknown"}`, () => {
      const [observation] = observations(parseBuild({ phase: "STARTED", scm: { branch, commit: "abc" } }));
      expect([observation.facts.ref, observation.facts.refKind, observation.facts.sha]).to.deep.equal([
        ref,
        refKind,
        "abc",
      ]);
    });
  }

  it("does not take the commit of another checkout for that of the branch", () => {
    const job = { url: "job/shop/job/PR-12/" };
    const build = { phase: "STARTED", url: "job/shop/job/PR-12/4/" };
    const [library] = observations(parseBuild({ ...build, scm: { branch: "origin/main", commit: "abc" } }, job));
    const [own] = observations(parseBuild({ ...build, scm: { branch: "PR-12", commit: "abc" } }, job));
    expect(library.facts.sha).to.equal(undefined);
    expect(own.facts.sha).to.equal("abc");
  });

  it("refuses a duration that nothing can have", () => {
    const parsed = parseBuild({ phase: "COMPLETED", status: "SUCCESS", duration: 1e200 });
    expect(parsed.kind).to.equal("invalid");
    expect(parsed)
      .to.have.property("problems")
      .that.match(/build\.duration/);
  });

  it("links only to addresses that a browser may open", () => {
    const [observation] = observations(parseBuild({ phase: "STARTED", full_url: "javascript:alert(1)" }));
    expect(observation.facts.url).to.equal(undefined);
  });

  it("says the same in XML as in JSON", () => {
    const json = {
      url: "job/a/job/b/",
      build: {
        full_url: "https://ci.example.com/job/a/job/b/2/",
        number: 2,
        timestamp: fixtureNow,
        duration: 1500,
        phase: "COMPLETED",
        status: "UNSTABLE",
        url: "job/a/job/b/2/",
        scm: { branch: "origin/x", commit: "abc" },
        parameters: { __proto__x: "1 < 2", queueId: "7" },
        notes: " two\nlines ",
        test_summary: { total: 2, failed: 1, failed_tests: ["A.b"] },
      },
    };
    const xml =
      "<?xml version='1.0' encoding='UTF-8'?><job><url>job/a/job/b/</url><build>" +
      "<fullUrl>https://ci.example.com/job/a/job/b/2/</fullUrl><number>2</number>" +
      `<timestamp>${fixtureNow}</timestamp><duration>1500</duration><phase>COMPLETED</phase><status>UNSTABLE</status>` +
      "<url>job/a/job/b/2/</url><scm><branch>origin/x</branch><commit>abc</commit></scm><parameters>" +
      "<entry><string>__proto__x</string><string>1 &lt; 2</string></entry>" +
      "<entry><string>queueId</string><string>7</string></entry></parameters><notes> two\nlines </notes>" +
      "<testSummary><total>2</total><failed>1</failed><failedTests><string>A.b</string></failedTests></testSummary>" +
      "</build></job>";
    const parsed = jenkins.parse(request(xml), "jenkins");
    expect(parsed.kind).to.equal("observed");
    expect(parsed).to.deep.equal(jenkins.parse(request(JSON.stringify(json)), "jenkins"));
  });

  for (const open of ['<!DOCTYPE job SYSTEM "file:///etc/passwd">', "<!doctype job>", '<!ENTITY a "b">']) {
    it(`refuses XML with ${open}`, () => {
      const parsed = jenkins.parse(request(`${open}<job><build/></job>`), "jenkins");
      expect(parsed).to.deep.equal({ kind: "invalid", problems: ["body is XML with a document type"] });
    });
  }

  it("refuses XML that is large even without its log, and takes one with a large log", () => {
    const xml = (part: string) => `<job><build>${part}<phase>STARTED</phase><url>job/a/1/</url></build></job>`;
    expect(jenkins.parse(request(xml(`<notes>${"n".repeat(1 << 20)}</notes>`)), "j").kind).to.equal("invalid");
    expect(jenkins.parse(request(xml(`<log>${"l &lt;\n".repeat(1 << 19)}</log>`)), "j").kind).to.equal("observed");
  });

  it("stays quick on bodies that are made to be slow", () => {
    const slashes = "/".repeat(1 << 20);
    const millis = measureProcessorMillis(() => {
      for (const url of [`job/a${slashes}b/1/`, `${slashes}1`, "a".repeat(1 << 20), `job/${"%".repeat(1 << 20)}/1/`]) {
        parseBuild({ phase: "STARTED", url, scm: { branch: url } }, { url });
        redact(`<job>${"<log ".repeat(1 << 17)}${url}`);
      }
    });
    expect(millis).to.be.below(2000);
  });

  it("redacts the log, configurations and e-mail addresses, of broken bodies too", () => {
    const secret = /hunter2|mira@/;
    for (const body of [
      '{"build":{"log":"pass \\"hunter2\\"","notes":"mira@example.com","phase":"STARTED","url":"job/a/1/"}}',
      '{"name":"a","configFile":"<a>hunter2</a>"}',
      '{"build":{"phase":"STARTED","log":"hunter2',
      "<job><build><phase>STARTED</phase><url>job/a/1/</url><log>hunter2 &lt;/log></log></build></job>",
      "<job><build><log><![CDATA[</log>hunter2]]></log></build></job>",
      "<job><build><log>hunter2",
      '{"build":{"scm":{"culprits":["mira@laptop"],"branch":"main"},"userId":"mira@laptop","userName":"mira@"}}',
      "<job><build><scm><culprits>\n<string>mira@laptop</string></culprits></scm></build></job>",
      "<job><build><scm><culprits><string>mira@lap",
    ]) {
      expect(redact(body)).to.not.match(secret);
    }
    expect(redact("<job><log/><notes>kept</notes></job>")).to.equal("<job><log/><notes>kept</notes></job>");
  });

  it("says the same of a body after it was redacted", () => {
    for (const name of fixtures) {
      const { request: whole } = readHttpFile(join(testdata, name));
      const parsed = jenkins.parse(whole, "jenkins");
      if (parsed.kind !== "observed") continue;
      const body = new TextEncoder().encode(redact(new TextDecoder().decode(whole.body)));
      expect(jenkins.parse({ ...whole, body }, "jenkins"), name).to.deep.equal(parsed);
    }
  });

  it("drops the connection where nothing could be stored", () => {
    expect(jenkins.failureMode).to.equal("disconnect");
  });
});
