import { expect } from "chai";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { splitCommandLine } from "../../src/commands/find-command.ts";
import { getDocs } from "../../src/commands/help/format-help.ts";
import { commands } from "../../src/commands/index.ts";
import { commonFlags, configFlags, readFlags } from "../../src/config/flags.ts";
import { describeCommands } from "../support/command-line-docs.ts";

const page = new URL("../../docs/command-line.md", import.meta.url);
const mark = "<!-- commands -->\n";

describe("docs/command-line.md", () => {
  it("describes every command as the program's own tables do", () => {
    const [before = ""] = readFileSync(page, "utf8").split(mark);
    const expected = `${before}${mark}\n${describeCommands(commands)}`;
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(page, expected);

    expect(readFileSync(page, "utf8")).to.equal(expected);
  });

  it("is linked from README.md and docs/README.md", () => {
    for (const [file, link] of [
      ["../../README.md", "(docs/command-line.md)"],
      ["../../docs/README.md", "(command-line.md)"],
    ] as const)
      expect(readFileSync(new URL(file, import.meta.url), "utf8")).to.include(link);
  });

  for (const command of commands) {
    const { name, examples, flags, settings, words } = command;
    it(`has one to three examples of ${name} that the program would take, and a page that exists`, () => {
      expect(examples).to.have.length.within(1, 3);
      for (const example of examples) {
        const line = splitCommandLine(example.split(" "), commands);
        expect(line.name, example).to.equal(name);
        if (command.passesOn?.(line.after) === true) continue;
        const shown = Object.fromEntries(Object.entries(configFlags).filter(([flag]) => settings.includes(flag)));
        const wordsMax = words?.split(" ").length ?? 0;
        expect(readFlags(line.after, { ...flags, ...shown, ...commonFlags }, wordsMax).faults, example).to.deep.equal(
          [],
        );
      }
      const [file = "", anchor] = getDocs(command).split("#");
      expect(existsSync(new URL(`../../${file}`, import.meta.url)), file).to.equal(true);
      if (anchor !== undefined)
        expect(readFileSync(new URL(`../../${file}`, import.meta.url), "utf8")).to.include(`\n## ${anchor}\n`);
    });

    it(`names only settings of ${name} that are flags`, () => {
      expect(Object.keys(configFlags)).to.include.members([...settings]);
    });
  }
});
