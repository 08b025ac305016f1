import { expect } from "chai";
import { createProgressDisplay, formatBar, formatProgress } from "../../src/commands/progress.ts";

const progress = { what: "jobs 2026-11-20", done: 81_234, unit: "rows", share: 0.25, group: "jobs" };
const pace = { millis: 2000, done: 81_234, share: 0.25 };

/** A display on a stream of this kind, with a clock that the test moves. */
function record(isTTY: boolean, columns = 120) {
  const written: string[] = [];
  let now = 5000;
  const display = createProgressDisplay({ isTTY, columns, write: (text) => written.push(text) }, () => now);
  return { written, display, moveOn: (millis: number) => void (now += millis) };
}

describe("progress", () => {
  it("is a bar with rate and remaining time", () => {
    expect(formatBar(progress, pace)).to.equal(
      "jobs 2026-11-20 [#####---------------]  25 %  81,234 rows  40,617 rows/s  6 s left",
    );
    expect(formatBar({ ...progress, share: 0.01 }, { ...pace, share: 0.01 })).to.match(
      /\[-{20}\] {3}1 %.* 4 min left$/,
    );
    expect(formatBar({ ...progress, share: 0.0001 }, { ...pace, share: 0.0001 })).to.match(/ 5 h 34 min left$/);
    expect(formatBar({ ...progress, done: 0, share: 0 }, { millis: 0, done: 0, share: 0 })).to.match(
      / 0 rows {2}0 rows\/s$/,
    );
    expect(formatBar({ ...progress, share: 1.5 }, pace)).to.include("[####################] 100 %");
    expect(formatBar({ what: "day cube", done: 3, all: 12, unit: "steps" }, { ...pace, done: 3 })).to.equal(
      "day cube [#####---------------]  25 %  3 of 12 steps  1.5 steps/s  6 s left",
    );
  });

  it("is drawn at most ten times a second on a terminal, within its width, and removed in the end", () => {
    const { written, display, moveOn } = record(true, 31);
    for (const millis of [0, 50, 49, 1, 50]) {
      moveOn(millis);
      display.show(progress);
    }
    display.note("jobs 2026-11-20: 3 rows, 400 bytes");
    display.end();

    expect(written).to.have.length(3);
    expect(written[0]).to.equal("\rjobs 2026-11-20 [#####--------\u001b[K");
    expect(written[2]).to.equal("\r\u001b[K");
  });

  it("is a line every ten seconds elsewhere, and one for each part that begins or ends", () => {
    const { written, display, moveOn } = record(false);
    const show = (done: number) => display.show({ what: "runs", done, all: 4000, unit: "rows" });
    display.note("runs: 1000 of 4000");
    for (const done of [1000, 1500, 2000, 2500]) {
      show(done);
      moveOn(5000);
    }
    display.end();

    // What was there at the beginning counts neither for the rate nor for the remaining time.
    expect(written).to.deep.equal(["runs: 1000 of 4000\n", "runs: 50 %, 2,000 of 4,000 rows, 100 rows/s, 20 s left\n"]);
    expect(formatProgress(progress, pace)).to.equal("jobs 2026-11-20: 25 %, 81,234 rows, 40,617 rows/s, 6 s left");
  });

  it("begins anew with each group", () => {
    const { written, display, moveOn } = record(true);
    display.show({ what: "runs", done: 10, all: 10, unit: "rows" });
    moveOn(200);
    display.show({ what: "jobs", done: 100, all: 400, unit: "rows" });
    moveOn(1000);
    display.show({ what: "jobs", done: 200, all: 400, unit: "rows" });

    expect(written[1]).to.include("100 of 400 rows  0 rows/s\u001b[K");
    expect(written[2]).to.include("200 of 400 rows  100 rows/s  2 s left");
  });
});
