import { expect } from "chai";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { requireTool } from "../support/tools.ts";
import { root } from "./dockerfile.ts";

const unit = readFileSync(`${root}deploy/systemd/pipegauge.service`, "utf8");

/** Of ten thousand thinkable exposures systemd computes one from 0 to 10; most services have more than 9. */
const exposureMax = 2.5;

describe("systemd unit", () => {
  const folder = freshFolder();

  /** With the Node.js of this machine, which need not be where Debian has it. */
  function copyHere(text = unit): string {
    const file = join(folder(), "pipegauge.service");
    writeFileSync(file, text.replace("/usr/bin/node", process.execPath));
    return file;
  }

  it("is understood by systemd, line by line", function () {
    const analyze = requireTool.call(this, "systemd-analyze");
    const verify = (file: string) => spawnSync(analyze, ["verify", "--man=no", file], { encoding: "utf8" });

    expect(verify(copyHere())).to.include({ status: 0, stderr: "" });
    expect(verify(copyHere(unit.replace("Type=exec", "Tpye=exec"))).stderr).to.match(/Unknown key.*Tpye/);
  });

  it("is hardened", function () {
    const analyze = requireTool.call(this, "systemd-analyze");

    const output = execFileSync(analyze, ["security", "--offline=true", "--no-pager", copyHere()], {
      encoding: "utf8",
    });

    const [, exposure = ""] = /Overall exposure level for pipegauge\.service: ([\d.]+)/.exec(output) ?? [];
    expect(Number(exposure)).to.be.above(0).and.below(exposureMax);
  });

  it("starts what `npm start` starts", () => {
    const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { scripts: Record<string, string> };
    const [, command = ""] = /^ExecStart=(.*)$/m.exec(unit) ?? [];

    expect(command.replace("/usr/bin/", "").replace("/opt/pipegauge/", "")).to.equal(scripts["start"]);
  });

  it("is the one that the guide speaks of", () => {
    const page = readFileSync(`${root}docs/systemd.md`, "utf8");

    for (const path of [
      "deploy/systemd/pipegauge.service",
      "/opt/pipegauge",
      "/etc/pipegauge/pipegauge.env",
      "/var/lib/pipegauge",
    ])
      expect(page).to.include(path);
  });
});
