import { expect } from "chai";
import { readFileSync } from "node:fs";
import { commands } from "../../src/commands/index.ts";
import { commonFlags, configFlags } from "../../src/config/flags.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

describe("the subcommands", () => {
  it("are all in the list of README.md, in the order of the help", () => {
    const list = commands.map(({ name }) => `\`${name}\``).join(", ");

    expect(readme).to.include(`${list}.`);
  });

  it("have no flag of a name that every command has", () => {
    const shared = Object.keys({ ...configFlags, ...commonFlags });
    const clashes = commands.flatMap(({ name, flags }) =>
      Object.keys(flags).flatMap((flag) => (shared.includes(flag) ? [`${name} --${flag}`] : [])),
    );

    expect(clashes).to.deep.equal([]);
  });
});
