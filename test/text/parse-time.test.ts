import { expect } from "chai";
import { parseTimeOrAge } from "../../src/text/parse-time.ts";

describe("time or age", () => {
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
      expect(parseTimeOrAge(text, now)).to.deep.equal({ ok: true, value: at });
    });
  }

  for (const text of ["yesterday", "", "7", "7 d", "-1h", "2026-11-20T10:30:00", "2026-02-31", "1w"]) {
    it(`${JSON.stringify(text)} is none`, () => {
      expect(parseTimeOrAge(text, now)).to.have.property("ok", false);
    });
  }
});
