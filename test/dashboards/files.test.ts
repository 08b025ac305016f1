import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dashboards } from "../../helm/dashboards/index.ts";
import { boards, boardsFolder } from "./boards.ts";

/** `UPDATE_GOLDEN=1` writes the files instead. */
const isUpdate = process.env["UPDATE_GOLDEN"] === "1";

describe("the dashboards' files", () => {
  if (isUpdate) {
    it("are written", function () {
      this.timeout(60_000);
      for (const [file, dashboard] of Object.entries(dashboards)) {
        writeFileSync(join(boardsFolder, file), `${JSON.stringify(dashboard, null, 2)}\n`);
      }
      const { status } = spawnSync("npx", ["biome", "format", "--write", boardsFolder], { stdio: "inherit" });
      expect(status).to.equal(0);
    });
    return;
  }

  it("are those that helm/dashboards makes, and no others", () => {
    expect([...boards.keys()]).to.deep.equal(Object.keys(dashboards).toSorted());
  });

  for (const [file, dashboard] of Object.entries(dashboards)) {
    it(`${file} is as helm/dashboards makes it`, () => {
      expect(boards.get(file)).to.deep.equal(dashboard);
    });
  }
});
