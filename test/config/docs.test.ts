import { expect } from "chai";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadConfig } from "../../src/config/index.ts";
import { variables } from "../../src/config/environment.ts";
import { fileKeys } from "../../src/config/file-schema.ts";
import { commonFlags, configFlags } from "../../src/config/flags.ts";
import { settings } from "../../src/config/settings.ts";
import { defaultTaskRules } from "../../src/core/task-type.ts";
import { freshFolder } from "../support/folder.ts";

const page = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8");
const rows = page.split("\n").filter((line) => line.startsWith("|"));
const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text);

function matches(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, match = ""]) => match))];
}

describe("docs/configuration.md", () => {
  const folder = freshFolder();

  it("describes the variables that exist, all of them and no others", () => {
    const described = rows.flatMap((row) => matches(row, /^\| `([A-Z_]+)` \|/g));

    expect(described).to.have.members([...variables]);
  });

  it("names no variable that does not exist", () => {
    const named = matches(page, /\b((?:PIPEGAUGE|PRPC)_[A-Z_]*[A-Z])\b/g);

    expect(variables).to.include.members(
      named.map((name) => (variables.includes(name) ? name : name.replace(/_FILE$/, ""))),
    );
  });

  it("describes the flags that exist", () => {
    expect(matches(page, /`(--[a-z-]+)[` ]/g)).to.have.members(
      Object.keys({ ...configFlags, ...commonFlags }).map((name) => `--${name}`),
    );
  });

  it("describes every key of the YAML file, and shows it in the first example", () => {
    const [first = ""] = examples;

    for (const key of fileKeys) {
      expect(page, key).to.include(`\`${key}\``);
      expect(first, key).to.match(new RegExp(`^[ -]*${key}:`, "m"));
    }
  });

  it("states the defaults that hold", () => {
    for (const { variable, fallback } of Object.values(settings)) {
      if (fallback === undefined || variable === "PIPEGAUGE_HOST") continue;
      const row = rows.find((line) => line.startsWith(`| \`${variable}\` |`));
      expect(row, variable).to.include(`| \`${String(fallback)}\` |`);
    }
  });

  it("shows examples that work", () => {
    const configs = examples.map((text, i) => {
      for (const path of matches(text, /secretFile: (\S+)/g)) {
        mkdirSync(dirname(join(folder(), path)), { recursive: true });
        writeFileSync(join(folder(), path), "s");
      }
      for (const path of matches(text, /exportersFolder: (\S+)/g)) mkdirSync(join(folder(), path), { recursive: true });
      writeFileSync(join(folder(), `${i}.yaml`), text);
      const config = loadConfig({ env: {}, argv: ["--config", join(folder(), `${i}.yaml`)] });
      config.close();
      return config;
    });

    expect(configs).to.have.length(3);
    expect(configs[0]?.sources.map(({ name }) => name)).to.deep.equal([
      "gitlab-main",
      "gitlab-lab",
      "tekton",
      "jenkins",
      "github",
    ]);
    expect(configs[1]?.taskRules).to.deep.equal(defaultTaskRules);
  });
});
