import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createPartPath,
  describeFileError,
  prepareFolder,
  writeDayFile,
} from "../../../src/commands/export/day-file.ts";
import { freshFolder } from "../../support/folder.ts";

const encoder = { header: "name\n", encode: (name: string) => `${name}\n` };

describe("export: the file of a day", () => {
  const folder = freshFolder();

  it("is there only when it is whole, and leaves nothing beside it", async () => {
    const file = join(folder(), "day=2026-11-20/jobs.csv");
    const failure = new Error("the database went away");

    const failed = await writeDayFile(file, folder(), { encoder }, async (write) => {
      await write(["a"]);
      throw failure;
    }).catch((error: unknown) => error);
    const empty = await writeDayFile(file, folder(), { encoder }, async () => false);
    const left = readdirSync(folder());
    const bytes = await writeDayFile(file, folder(), { encoder }, async (write) => {
      await write(["a", "b"]);
      expect(readdirSync(folder()))
        .to.have.length(1)
        .and.to.satisfy(([name = ""]) => name.endsWith(".part"));
      return true;
    });

    expect([failed, empty, left]).to.deep.equal([failure, undefined, []]);
    expect(bytes).to.equal("name\na\nb\n".length);
    expect(readdirSync(folder())).to.deep.equal(["day=2026-11-20"]);
  });

  it("of a killed export is removed while it is unfinished, that of a running one is not", async () => {
    const { pid: gone } = spawnSync(process.execPath, ["--version"]);
    const running = `.${process.ppid}-0123abcd.part`;
    const others = [`.${gone}-0123abcd.part`, `.${gone}-0123abce.part.converted`, `.${process.pid}-0123abcd.part`];
    for (const name of [running, ...others, ".export-csv.json"]) writeFileSync(join(folder(), name), "");

    await prepareFolder(folder());

    expect(readdirSync(folder()).toSorted()).to.deep.equal([running, ".export-csv.json"].toSorted());
    expect(createPartPath(folder())).to.not.equal(createPartPath(folder()));
  });

  it("that cannot be written is named in the error, the database's errors stay as they are", () => {
    const make = (syscall: string | undefined) =>
      Object.assign(new Error("ENOSPC: no space left on device"), { syscall });

    expect(describeFileError(make("write"), "/x/jobs.csv"))
      .to.have.property("message")
      .that.equals("cannot write /x/jobs.csv: ENOSPC: no space left on device");
    for (const syscall of ["connect", "read", undefined]) {
      const error = make(syscall);
      expect(describeFileError(error, "/x/jobs.csv")).to.equal(error);
    }
  });
});
