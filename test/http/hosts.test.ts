import { expect } from "chai";
import { testServers } from "../support/server/server.ts";

describe("servers of one source", () => {
  const serve = testServers();

  it("are warned of once each, from the second on", async () => {
    const server = await serve();
    const deliver = async (host: string | undefined, number: number) => {
      const url = `job/shop/${number}/`;
      const full = host === undefined ? {} : { full_url: `https://${host}/${url}` };
      const build = { url, number, phase: "COMPLETED", status: "SUCCESS", ...full };
      const { status } = await server.deliver("jenkins", JSON.stringify({ url: "job/shop/", build }));
      expect(status).to.equal(202);
    };
    const warnings = () =>
      server
        .output()
        .split("\n")
        .filter((line) => line.includes("runs of several servers"))
        .map((line) => JSON.parse(line) as Record<string, unknown>);

    for (const [i, host] of ["ci.example.com", undefined, "CI.example.com", "ci.example.com"].entries())
      await deliver(host, i);
    expect(warnings()).to.deep.equal([]);
    for (const [i, host] of ["other.example.com:8080", "ci.example.com", "other.example.com:8080"].entries())
      await deliver(host, 10 + i);

    expect(warnings()).to.have.length(1);
    expect(warnings()[0]).to.include({ source: "jenkins", host: "other.example.com:8080" });
    expect(warnings()[0]?.["others"]).to.deep.equal(["ci.example.com"]);
  });
});
