import { expect } from "chai";
import { readSha, summarizeCommits } from "../../src/adapters/commits.ts";

describe("commits of a push", () => {
  const sha = "4be1d60f0f5cc2a3b6e2f8b6e0a9917b5a3c7d21";

  it("takes shas of both lengths, and neither zeros nor other texts", () => {
    expect(readSha(sha)).to.equal(sha);
    expect(readSha(sha + sha.slice(16))).to.equal(sha + sha.slice(16));
    for (const text of ["0".repeat(40), "main", "", "4BE1D60F", "x".repeat(40), null, undefined]) {
      expect(readSha(text)).to.equal(undefined);
    }
  });

  it("keeps what fits into 1,024 characters, the newest, the oldest first", () => {
    const commits = Array.from({ length: 50 }, (_, i) => ({
      id: (0x10_00_00_00 + i).toString(16).padEnd(40, "0"),
      timestamp: `2026-11-20T09:00:${String(i).padStart(2, "0")}Z`,
    }));

    const text = summarizeCommits(commits);

    expect(text.length).to.be.at.most(1024);
    const kept = JSON.parse(text) as [string, number][];
    expect(kept).to.have.length(40);
    expect(kept[0]).to.deep.equal(["1000000a", Date.UTC(2026, 10, 20, 9, 0, 10) / 1000]);
    expect(kept.at(-1)).to.deep.equal(["10000031", Date.UTC(2026, 10, 20, 9, 0, 49) / 1000]);
  });

  it("leaves out a commit without a sha or a time", () => {
    expect(summarizeCommits([null, { id: sha }, { id: "main", timestamp: "2026-11-20T09:00:00Z" }])).to.equal("[]");
  });
});
