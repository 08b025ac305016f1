import { expect } from "chai";
import * as fc from "fast-check";
import { rewriteExposition } from "../../src/exporters/rewrite-exposition.ts";
import { parseExposition } from "../support/exposition/parser.ts";

describe("an exporter's exposition, written again", () => {
  const good: readonly (readonly [what: string, from: string, to: string])[] = [
    ["nothing", "", ""],
    ["a sample without metadata", "a 1", "a 1\n"],
    ["blank lines, comments, CRLF and blanks", '\n# a comment\r\n  a{ b = "c" , }   1  \r\n', 'a{b="c"} 1\n'],
    ["every number", "a 1\nb -.5\nc +Inf\nd NaN\ne 1e+9\nf 1.\n", "a 1\nb -.5\nc +Inf\nd NaN\ne 1e+9\nf 1.\n"],
    ["a time", "a 1 1700000000000", "a 1 1700000000000\n"],
    ["escapes", 'a{b="\\"\\\\\\n"} 1', 'a{b="\\"\\\\\\n"} 1\n'],
    ["help", "# HELP a one \\\\ two\\n\n# TYPE a gauge\na 1", "# HELP a one \\\\ two\\n\n# TYPE a gauge\na 1\n"],
    ["families that are torn apart", 'a 1\nb 2\na{c="d"} 3', 'a 1\na{c="d"} 3\nb 2\n'],
    [
      "parts of a histogram",
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nother 1\nh_sum 2\nh_count 1',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 2\nh_count 1\nother 1\n',
    ],
    ["OpenMetrics' end and its unknown type", "# TYPE a unknown\na 1\n# EOF", "# TYPE a untyped\na 1\n"],
  ];
  for (const [what, from, to] of good) {
    it(`keeps ${what}`, async () => {
      expect(await rewriteExposition(from)).to.deep.equal({ ok: true, text: to });
    });
  }

  const broken: readonly (readonly [from: string, line: number, problem: string])[] = [
    ["a 1\nboom", 2, "a value is expected after the metric name"],
    ["1a 1", 1, "a metric name is expected"],
    ["a one", 1, '"one" is no number'],
    ["a 0x1", 1, '"0x1" is no number'],
    ["a 1e999", 1, '"1e999" is no number'],
    ["a -NaN", 1, '"-NaN" is no number'],
    ["a 1 99999999999999999999", 1, '"99999999999999999999" is no time in milliseconds'],
    ['a{__name__="b"} 1', 1, "label __name__ is the metric's own name"],
    ["a 1 soon", 1, '"soon" is no time in milliseconds'],
    ["a 1 2 3", 1, "something stands after the time"],
    ['a{b="c} 1', 1, "a label, or the end of the labels, is expected"],
    ['a{b="c"', 1, "a label, or the end of the labels, is expected"],
    ["a{b=c} 1", 1, "a label, or the end of the labels, is expected"],
    ['a{1b="c"} 1', 1, "a label, or the end of the labels, is expected"],
    ['a{b="\\t"} 1', 1, '\\t is no escape: only \\\\, \\" and \\n are'],
    ['a{b="1",b="2"} 1', 1, "label b stands twice"],
    ['a{b="1",c="2"} 1\na{c="2",b="1"} 1', 2, 'a{b="1",c="2"} stands twice'],
    ["# TYPE a gauge\n# TYPE a gauge", 2, "a second TYPE for a"],
    ["# HELP a x\n# HELP a y", 2, "a second HELP for a"],
    ["a 1\n# TYPE a gauge", 2, "TYPE of a after its samples"],
    ["# TYPE a number", 1, '"number" is no type of a metric'],
    ["# TYPE 1a gauge", 1, 'TYPE of "1a", which is no metric name'],
    ["Traceback (most recent call last):", 1, '"(most" is no number'],
  ];
  for (const [from, line, problem] of broken) {
    it(`names the line of ${JSON.stringify(from)}`, async () => {
      expect(await rewriteExposition(from)).to.deep.equal({ ok: false, line, problem });
    });
  }

  it("may be one label of megabytes", async () => {
    const line = `a{b="${"x".repeat(9_000_000)}"} 1\n`;

    expect(await rewriteExposition(line)).to.deep.equal({ ok: true, text: line });
  });

  it("lets others have their turn while it is read", async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `a{b="${i}"} 1\n`).join("");
    let turns = 0;
    let isRead = false;
    const reading = rewriteExposition(lines).finally(() => (isRead = true));
    for (;;) {
      await new Promise(setImmediate);
      if (isRead) break;
      turns++;
    }

    expect(await reading).to.deep.equal({ ok: true, text: lines });
    expect(turns).to.be.at.least(10);
  });

  it("is clean for any label values, and stays the same when it is written once more", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (value) => {
        const written = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
        const once = await rewriteExposition(`# TYPE a gauge\na{b="${written}"} 1\n`);
        if (!once.ok) return;

        expect(parseExposition(once.text, "text").get("a")?.samples).to.have.length(1);
        expect(await rewriteExposition(once.text)).to.deep.equal(once);
      }),
    );
  });
});
