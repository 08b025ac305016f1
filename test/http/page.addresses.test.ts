import { expect } from "chai";
import { pipelineHook } from "../support/payloads/gitlab.ts";
import { testServers, type TestServer } from "../support/server/server.ts";

/** What people read, without tags. */
function toText(markup: string): string {
  return markup.replaceAll(/<[^>]*>/g, " ").replaceAll(/\s+/g, " ");
}

describe("addresses of the page", () => {
  const start = testServers("shared");
  let server: TestServer;
  before(async () => {
    server = await start();
  });

  it("says in words of its own what is wrong with an address", async () => {
    const cases = [
      ["/ui/runs?cursor=x", "cursor is invalid"],
      ["/ui/runs?result=<script>", "result must be one of success"],
      ["/ui/runs?project=a&project=b", "project must be given only once"],
      ["/ui/runs?projct=a", "did you mean project?"],
      ["/ui/?ref=main", "unknown parameter"],
      ["/ui/runs/x", "id must be a positive integer"],
    ] as const;

    for (const [path, message] of cases) {
      const { status, text, headers } = await server.request(path);
      expect([status, headers.get("content-type")]).to.deep.equal([400, "text/html; charset=utf-8"]);
      expect(toText(text)).to.include(message);
      expect(text).to.not.include("<script");
      expect(headers.get("content-security-policy")).to.include("default-src 'none'");
    }
    expect((await server.request("/ui/?utm_source=mail")).status, "what others append").to.equal(200);
  });

  it("shows an error page for a view or a run that does not exist, with a way back", async () => {
    const cases = [
      ["/ui/nowhere", "there is no such view", "./"],
      ["/ui/runs/7/nowhere", "there is no such view", "../../"],
      ["/ui/runs/7", "run 7 not found", "../"],
    ] as const;

    for (const [path, message, back] of cases) {
      const { status, text } = await server.request(path);
      expect(status).to.equal(404);
      expect(toText(text)).to.include(message);
      expect(text).to.include(`<a href="${back}">Back to the first view</a>`);
    }
  });

  it("leads from the id that an exemplar has to the view of its run, and to the list where that is not clear", async () => {
    expect((await server.deliver("gitlab", pipelineHook("success", [], { id: 4711 }))).status).to.equal(202);

    const { status, headers } = await server.request("/ui/run?native_id=4711", { redirect: "manual" });
    const { json } = await server.request("/api/v1/runs?native_id=4711");
    const [run] = json["runs"] as readonly { readonly id: number; readonly page_path: string }[];
    const unknown = await server.request("/ui/run?native_id=a%2Fb%231", { redirect: "manual" });

    expect([status, headers.get("location")]).to.deep.equal([302, `runs/${run?.id}`]);
    expect(run?.page_path).to.equal(`/ui/runs/${run?.id}`);
    expect((await server.request(run?.page_path ?? "")).status).to.equal(200);
    expect(unknown.headers.get("location")).to.equal("runs?native_id=a%2Fb%231");
    expect((await server.request("/ui/run?natve_id=1")).status).to.equal(400);
  });

  it("is where the address of the server leads, and shared links to its former lists lead to the list of runs", async () => {
    const cases = [
      ["/", "./ui/"],
      ["/ui", "./ui/"],
      ["/?utm_source=mail", "./ui/"],
      ["/?project=a%2Fb&result=failure,error", "./ui/runs?project=a%2Fb&result=failure%2Cerror"],
    ] as const;

    for (const [path, location] of cases) {
      const { status, headers, text } = await server.request(path, { redirect: "manual" });
      expect([status, headers.get("location"), text]).to.deep.equal([302, location, ""]);
    }
  });
});
