import { expect } from "chai";
import { jenkins } from "../../src/adapters/jenkins/index.ts";
import { fixtureNow } from "../support/payloads/http-file.ts";
import { observations, parseBuild, request } from "../support/payloads/jenkins.ts";

describe("jenkins adapter: what is not as the plugin sends it", () => {
  it("counts nothing on a guess: an unknown status and an unknown phase are dead letters", () => {
    const ended = { timestamp: fixtureNow, duration: 5 };
    const parsed = parseBuild({ phase: "COMPLETED", status: "SOMETHING_NEW", ...ended });
    expect(parsed).to.deep.include({ problems: ['build.status is unknown: "SOMETHING_NEW"'] });
    const [observation] = observations(parsed);
    expect(observation.completion).to.equal(undefined);
    expect(observation.facts).to.include({ state: "finished", result: null, nativeStatus: "SOMETHING_NEW" });
    for (const status of [undefined, "SUCCESS"]) {
      expect(parseBuild({ phase: "SOMETHING_NEW", status, ...ended })).to.deep.equal({
        kind: "invalid",
        problems: ['build.phase is unknown: "SOMETHING_NEW"'],
      });
    }
  });

  for (const [url, number, job, run, project] of [
    ["job/#{team}/48/", 48, "job/#{team}/", "job/#{team}/48/", "#{team}"],
    ["job/#{team}/49/", 49, "job/#{team}/", "job/#{team}/49/", "#{team}"],
    ["job/shop/48/?from=mail", 48, "job/shop/", "job/shop/48/", "shop"],
    ["job/shop/48/#console", 48, undefined, "job/shop/48/", "shop"],
    ["job/shop/lastBuild/", 48, "job/shop/", "job/shop/48/", "shop"],
    ["job/shop/", 48, "job/shop/", "job/shop/48/", "shop"],
  ] as const) {
    it(`takes build ${number} at ${url} for ${run}`, () => {
      const [observation] = observations(parseBuild({ phase: "STARTED", url, number }, { url: job }));
      expect([observation.run, observation.facts.project, observation.facts.number]).to.deep.equal([
        run,
        project,
        String(number),
      ]);
    });
  }

  it("refuses an address that is that of all builds of a job", () => {
    expect(parseBuild({ phase: "STARTED", url: "job/shop/lastBuild/", number: null }).kind).to.equal("invalid");
  });

  it("says why an event of the cloudevents plugin is empty", () => {
    const empty = (headers: Record<string, string>) => jenkins.parse(request("", headers), "jenkins");
    const event = { "ce-type": "org.jenkinsci.job.completed", "ce-id": "1", "ce-source": "job/shop" };
    expect(empty(event))
      .to.have.property("problems")
      .that.match(/cloudevents plugin 1\.0\.0 .* notification plugin/);
    expect(empty({})).to.deep.equal({ kind: "invalid", problems: ["body is empty"] });
  });

  it("recognises the job of a tag in a multibranch project by its checkout", () => {
    const body = (branch: string) => ({
      url: "job/shop/job/v1.2/",
      build: { phase: "STARTED", url: "job/shop/job/v1.2/4/", number: 4, scm: { branch, commit: "abc" } },
    });
    const of = (branch: string) =>
      observations(jenkins.parse(request(JSON.stringify(body(branch)), {}, "multibranch=true"), "jenkins"))[0].facts;
    expect(of("refs/tags/v1.2")).to.include({ project: "shop", ref: "v1.2", refKind: "tag", defaultBranch: false });
    expect(of("refs/tags/v1.2")).to.include({ sha: "abc" });
    expect(of("origin/v1.2")).to.include({ ref: "v1.2", refKind: "branch", defaultBranch: null });
  });
});
