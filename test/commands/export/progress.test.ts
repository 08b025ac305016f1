import { expect } from "chai";
import { createProgressDisplay, formatBar } from "../../../src/commands/export/progress.ts";

const progress = { what: "jobs", day: "2026-11-20", rows: 81_234, share: 0.25, elapsedMillis: 2000 };

function record(isTTY: boolean) {
  const written: string[] = [];
  return { written, display: createProgressDisplay({ isTTY, columns: 120, write: (text) => written.push(text) }) };
}

describe("export: progress", () => {
  it("is a bar with rate and remaining time", () => {
    expect(formatBar(progress, 120)).to.equal(
      "jobs 2026-11-20 [#####---------------]  25 %  81,234 rows  40,617 rows/s  6 s left",
    );
    expect(formatBar({ ...progress, share: 0.01 }, 120)).to.match(/\[-{20}\] {3}1 %.* 4 min left$/);
    expect(formatBar({ ...progress, share: 0.0001 }, 120)).to.match(/ 5 h 34 min left$/);
    expect(formatBar({ ...progress, rows: 0, share: 0, elapsedMillis: 0 }, 120)).to.match(/ 0 rows {2}0 rows\/s$/);
    expect(formatBar({ ...progress, share: 1.5 }, 120)).to.include("[####################] 100 %");
    expect(formatBar(progress, 30)).to.have.length(30);
  });

  it("is drawn at most ten times a second on a terminal, and removed in the end", () => {
    const { written, display } = record(true);
    for (const elapsedMillis of [0, 50, 99, 100, 150]) display.show({ ...progress, elapsedMillis });
    display.finishDay("jobs", "2026-11-20", 3, 400);
    display.end();

    expect(written).to.have.length(3);
    expect(written[0]).to.include("\rjobs 2026-11-20 [#####").and.to.include("left\u001b[K");
    expect(written[2]).to.equal("\r\u001b[K");
  });

  it("is a line a day elsewhere", () => {
    const { written, display } = record(false);
    display.show(progress);
    display.finishDay("jobs", "2026-11-20", 3, 400);
    display.end();

    expect(written).to.deep.equal(["jobs 2026-11-20: 3 rows, 400 bytes\n"]);
  });
});
