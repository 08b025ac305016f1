import { expect } from "chai";
import { describeDatabase } from "../../src/config/describe-database.ts";
import { maskUrl } from "../../src/core/mask-url.ts";

describe("database URL", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["sqlite:/srv/ci.db", "sqlite:/srv/ci.db", "SQLite file /srv/ci.db"],
    ["sqlite:a//b:c@d", "sqlite:a//b:c@d", `SQLite file ${process.cwd()}/a/b:c@d`],
    ["sqlite::memory:", "sqlite::memory:", "SQLite in memory: all data is lost at the end"],
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
      expect(maskUrl(url)).to.equal(masked);
      expect(describeDatabase(url)).to.equal(words);
    });
  }
});
