import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { readSources } from "../support/architecture.ts";
import { requireTool } from "../support/tools.ts";
import { committedDockerfile, execForm, parsePairs, parseDockerfile, root, type Instruction } from "./dockerfile.ts";

const stages = committedDockerfile();
const [build, final] = [stages[0]?.instructions ?? [], stages[1]?.instructions ?? []];
const manifest = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly description: string;
  readonly license: string;
};

function only(name: string, instructions: readonly Instruction[] = final): Instruction {
  const all = instructions.filter((one) => one.name === name);
  expect(all, name).to.have.length(1);
  return all[0] ?? { name, flags: {}, text: "" };
}

/** What the final stage has below /app: its paths, as they stand in the repository. */
function shipped(): string[] {
  const copies = final.filter(({ name, text }) => name === "COPY" && text.includes("./"));
  return copies.flatMap(({ text }) => text.split(/\s+/).slice(0, -1)).map((path) => path.replace(/^\/app\//, ""));
}

describe("Dockerfile", () => {
  it("satisfies hadolint", function () {
    const hadolint = requireTool.call(this, "hadolint");

    // It ends with an error, and says why, when there is something to say.
    expect(
      execFileSync(hadolint, ["--failure-threshold", "style", `${root}Dockerfile`], { encoding: "utf8" }),
    ).to.equal("");
    expect(() =>
      execFileSync(hadolint, ["-"], { input: "FROM node\nRUN cd /tmp\n", stdio: ["pipe", "pipe", "pipe"] }),
    ).to.throw();
  });

  it("builds on a full image and ships on a small one of the same Debian and Node.js", () => {
    expect(stages.map(({ image }) => image)).to.deep.equal([
      "node:24-bookworm",
      "gcr.io/distroless/nodejs24-debian12:nonroot",
    ]);
  });

  it("starts as `npm start` does, by signals and without a shell", () => {
    const [node, ...rest] = execForm(only("ENTRYPOINT").text);
    const [word, ...started] = (manifest.scripts["start"] ?? "").split(" ");

    expect([node, word]).to.deep.equal(["/nodejs/bin/node", "node"]);
    expect(rest.map((argument) => argument.replace("/app/", ""))).to.deep.equal(started);
    expect(only("STOPSIGNAL").text).to.equal("SIGTERM");
    expect(final.some(({ name }) => name === "CMD" || name === "RUN")).to.equal(false);
  });

  it("asks the server itself whether it is well", () => {
    const { flags, text } = only("HEALTHCHECK");

    expect(execForm(text.replace(/^CMD\s+/, ""))).to.deep.equal([
      "/nodejs/bin/node",
      "/app/dist/main.js",
      "healthcheck",
    ]);
    expect(flags).to.have.keys("interval", "timeout", "start-period", "retries");
  });

  it("runs as a user by number that may write to /data alone", () => {
    expect(only("USER").text).to.equal("65532:65532");
    expect(execForm(only("VOLUME").text)).to.deep.equal(["/data"]);
    expect(final.filter(({ name }) => name === "WORKDIR").at(-1)?.text).to.equal("/data");
    const owned = final.filter(({ flags }) => flags["chown"] !== undefined);
    expect(owned.map(({ text }) => text.split(/\s+/)[1])).to.deep.equal(["/data"]);
  });

  it("names the image by OCI's labels, from build arguments", () => {
    const labels = parsePairs(only("LABEL").text);
    const label = (name: string) => labels[`org.opencontainers.image.${name}`];

    expect(label("description")).to.equal(manifest.description);
    expect(label("licenses")).to.equal(manifest.license);
    const args = final.flatMap(({ name, text }) => (name === "ARG" ? [text.split("=")[0] ?? ""] : []));
    for (const name of ["version", "revision", "created", "source"]) {
      expect(label(name), name).to.equal(`\${${name.toUpperCase()}}`);
      expect(args).to.include(name.toUpperCase());
    }
  });

  it("holds all that the program reads beside its own code", () => {
    const outside = [...readSources("src")].flatMap(([file, source]) =>
      [...source.matchAll(/new URL\(\s*["'](\.[^"']+)["'],\s*import\.meta\.url/g)].map(([, path = ""]) =>
        posix.join(posix.dirname(file), path),
      ),
    );
    const needed = outside.filter((path) => !path.startsWith("src/")).map((path) => path.split("/")[0] ?? "");

    expect(needed).to.include.members(["package.json", "migrations"]);
    expect(shipped()).to.include.members(needed).and.to.include.members(["dist", "node_modules", "LICENSE"]);
  });

  it("copies into the build only what .dockerignore lets through, and that is all there", () => {
    const allowed = readFileSync(`${root}.dockerignore`, "utf8")
      .split("\n")
      .flatMap((line) => (line.startsWith("!") ? [line.slice(1)] : []));
    const copied = [...build, ...final]
      .filter(({ name, flags }) => name === "COPY" && flags["from"] === undefined)
      .flatMap(({ text }) => text.split(/\s+/).slice(0, -1));

    expect(copied.map((path) => path.replace(/^\.\//, ""))).to.include.members(allowed);
    expect(allowed).to.include.members(copied);
    const tracked = execFileSync("git", ["ls-files", ...allowed], { cwd: root, encoding: "utf8" });
    for (const path of allowed) expect(tracked, path).to.match(new RegExp(`^${path.replaceAll(".", "\\.")}(/|$)`, "m"));
  });

  it("compiles the database driver, and proves that what is left can open a database", () => {
    const environment = parsePairs(build.find(({ name }) => name === "ENV")?.text ?? "");
    expect(environment["npm_config_build_from_source"]).to.equal("true");
    const steps = build.flatMap(({ name, text }) => (name === "RUN" ? [text] : []));
    const at = (part: string) => steps.join("\n").indexOf(part);

    expect(steps[0]).to.match(/^npm ci /);
    expect(at("npm run build")).to.be.above(0);
    expect(at("npm prune --omit=dev")).to.be.above(at("npm run build"));
    expect(at("require('better-sqlite3')")).to.be.above(at("npm prune"));
  });
});

describe("Dockerfile: how it is read", () => {
  it("joins lines, takes flags apart and fills in arguments", () => {
    const [stage] = parseDockerfile(
      'ARG A=b:1\n# c\nFROM ${A} AS x\nCOPY --from=y --chown=1:1 a \\\n  b ./\nLABEL q="r s" t=u\n',
    );

    expect(stage?.image).to.equal("b:1");
    expect(stage?.name).to.equal("x");
    expect(stage?.instructions[0]).to.deep.equal({ name: "COPY", flags: { from: "y", chown: "1:1" }, text: "a b ./" });
    expect(parsePairs(stage?.instructions[1]?.text ?? "")).to.deep.equal({ q: "r s", t: "u" });
    expect(() => execForm("node main.js")).to.throw();
  });
});
