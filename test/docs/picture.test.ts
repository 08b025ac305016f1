import { expect } from "chai";
import { readFileSync } from "node:fs";
import { readPage } from "../support/markdown.ts";
import { pictureFile } from "../support/browser/page-picture.ts";

describe("the picture in README.md", () => {
  it("is the PNG that the script makes, small enough for a page that is read over a slow line", () => {
    const bytes = readFileSync(pictureFile);

    expect(readPage("README.md")).to.match(/!\[[^\]]{20,}\]\(docs\/images\/page\.png\)/);
    expect(bytes.subarray(1, 4).toString("latin1")).to.equal("PNG");
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).to.deep.equal([1280, 900]);
    expect(bytes.length).to.be.within(20_000, 200_000);
  });
});
