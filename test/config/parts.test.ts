import { expect } from "chai";
import { readMoment } from "../../src/text/parse-time.ts";
import { nearest } from "../../src/text/did-you-mean.ts";
import { databaseInWords } from "../../src/config/describe-database.ts";
import { maskedUrl } from "../../src/core/store/db/mask-url.ts";

describe("nearest name", () => {
  const cases: readonly (readonly [string, readonly string[], string | undefined])[] = [
    ["srve", ["serve", "demo"], "serve"],
    ["check", ["check-config", "healthcheck"], undefined],
    ["checkconfig", ["check-config", "healthcheck"], "check-config"],
    ["GITLAB_TOKEN", ["API_TOKEN", "GITLAB_SECRET"], "GITLAB_SECRET"],
    ["x", ["serve"], undefined],
    ["", ["serve"], undefined],
    ["serve", ["serve"], "serve"],
  ];

  for (const [name, candidates, meant] of cases) {
    it(`${JSON.stringify(name)} among ${candidates.join(", ")} is ${meant ?? "none"}`, () => {
      expect(nearest(name, candidates)).to.equal(meant);
    });
  }
});

describe("moment", () => {
  const now = Date.UTC(2026, 10, 20, 12);
  const cases: readonly (readonly [string, number])[] = [
    ["2026-11-20", Date.UTC(2026, 10, 20)],
    ["2026-11-20T10:30:00Z", Date.UTC(2026, 10, 20, 10, 30)],
    ["2026-11-20T10:30:00+02:00", Date.UTC(2026, 10, 20, 8, 30)],
    ["90m", Date.UTC(2026, 10, 20, 10, 30)],
    ["24h", Date.UTC(2026, 10, 19, 12)],
    ["7d", Date.UTC(2026, 10, 13, 12)],
  ];

  for (const [text, at] of cases) {
    it(`${text} is ${new Date(at).toISOString()}`, () => {
      expect(readMoment(text, now)).to.deep.equal({ ok: true, value: at });
    });
  }

  for (const text of ["yesterday", "", "7", "7 d", "-1h", "2026-11-20T10:30:00", "2026-02-31", "1w"]) {
    it(`${JSON.stringify(text)} is none`, () => {
      expect(readMoment(text, now)).to.have.property("ok", false);
    });
  }
});

describe("database URL", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["sqlite:/srv/ci.db", "sqlite:/srv/ci.db", "SQLite file /srv/ci.db"],
    ["sqlite:a//b:c@d", "sqlite:a//b:c@d", `SQLite file ${process.cwd()}/a/b:c@d`],
    ["sqlite::memory:", "sqlite::memory:", "SQLite in memory: everything is forgotten at the end"],
    [
      "postgresql://me:canary@db.example.com/ci",
      "postgresql://me:***@db.example.com/ci",
      "PostgreSQL database ci on db.example.com:5432 as me",
    ],
    [
      "postgres://db.example.com:6000/ci?user=me&password=canary&sslmode=require",
      "postgres://db.example.com:6000/ci?user=me&password=***&sslmode=require",
      "PostgreSQL database ci on db.example.com:6000",
    ],
    ["postgres:///ci?host=/run/pg", "postgres:///ci?host=/run/pg", "PostgreSQL database ci on a local socket"],
    ["postgres://me:can%2Fary@h", "postgres://me:***@h", "PostgreSQL database of the user's name on h:5432 as me"],
  ];

  for (const [url, masked, words] of cases) {
    it(`${masked} is the ${words}`, () => {
      expect(maskedUrl(url)).to.equal(masked);
      expect(databaseInWords(url)).to.equal(words);
    });
  }
});
