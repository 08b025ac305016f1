import { expect } from "chai";
import { parseExposition } from "./parser.ts";
import type { ExpositionFormat } from "./rules.ts";

const gauge = "# TYPE g gauge\n";
const counter = "# TYPE c counter\n";
const histogram = "# TYPE h histogram\n";
const buckets = 'h_bucket{le="1.0"} 1\nh_bucket{le="+Inf"} 2\n';

/** A parser that accepts everything would make every exposition test green. */
const wrong: readonly [what: string, format: ExpositionFormat, text: string, problem: RegExp][] = [
  ["no end mark", "openmetrics", `${gauge}g 1\n`, /EOF/],
  ["a line that does not end", "text", `${gauge}g 1`, /does not end/],
  ["an end mark in the text format", "text", `${gauge}g 1\n# EOF\n`, /no metadata/],
  ["a blank line", "openmetrics", `${gauge}\ng 1\n# EOF\n`, /metric name/],
  ["a NUL", "text", `${gauge}g{a="\u0000"} 1\n`, /control/],
  ["a carriage return", "text", `${gauge}g 1\r\n`, /control/],
  ["a lone surrogate", "text", `${gauge}g{a="\ud800"} 1\n`, /Unicode/],
  ["an unknown escape", "text", `${gauge}g{a="\\t"} 1\n`, /bad escape/],
  ["an unescaped quote", "text", `${gauge}g{a="x"y"} 1\n`, /expected/],
  ["a raw backslash at the end", "text", `${gauge}g{a="\\"} 1\n`, /expected/],
  ["an unescaped quote in OpenMetrics help", "openmetrics", '# TYPE g gauge\n# HELP g "x"\ng 1\n# EOF\n', /bad escape/],
  ["a sample without a type", "text", "g 1\n", /without a family/],
  ["a sample outside its family", "text", `${gauge}g 1\nx 1\n`, /no sample of/],
  ["metadata after samples", "text", `${gauge}g 1\n# HELP g late\n`, /after its samples/],
  ["the same metadata twice", "text", `${gauge}${gauge}g 1\n`, /second TYPE/],
  ["a family in two places", "text", `${gauge}g 1\n${counter}c 1\n${gauge}g{a="b"} 1\n`, /twice/],
  ["a unit that is no suffix", "openmetrics", `${gauge}# UNIT g seconds\ng 1\n# EOF\n`, /no suffix/],
  ["a series twice", "text", `${gauge}g{a="1",b="2"} 1\ng{b="2",a="1"} 1\n`, /duplicate/],
  ["a label twice", "text", `${gauge}g{a="1",a="2"} 1\n`, /twice/],
  ["a reserved label", "text", `${gauge}g{__name__="x"} 1\n`, /reserved/],
  ["a label name with a dash", "text", `${gauge}g{a-b="x"} 1\n`, /expected/],
  ["no number", "text", `${gauge}g one\n`, /number/],
  ["two blanks", "text", `${gauge}g  1\n`, /number/],
  ["a counter without _total", "openmetrics", `${counter}c 1\n# EOF\n`, /no sample of/],
  ["a counter family with _total", "openmetrics", "# TYPE c_total counter\nc_total 1\n# EOF\n", /no sample of/],
  ["a negative counter", "text", `${counter}c -1\n`, /is -1/],
  ["a counter that is not a number", "text", `${counter}c NaN\n`, /is NaN/],
  ["a start time without its total", "openmetrics", `${counter}c_created 1\n# EOF\n`, /begin with its total/],
  ["a start time in the text format", "text", `${counter}c 1\nc_created 1\n`, /no sample of/],
  [
    "interleaved metrics",
    "openmetrics",
    `${counter}c_total{a="1"} 1\nc_total{a="2"} 1\nc_created{a="1"} 1\n# EOF\n`,
    /interleaved/,
  ],
  ["names that clash", "openmetrics", `${counter}c_total 1\n# TYPE c_created gauge\nc_created 1\n# EOF\n`, /both own/],
  ["no +Inf bucket", "text", `${histogram}h_bucket{le="1"} 1\nh_sum 1\nh_count 1\n`, /no \+Inf/],
  [
    "buckets that fall",
    "text",
    `${histogram}h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n`,
    /after 2/,
  ],
  [
    "buckets out of order",
    "text",
    `${histogram}h_bucket{le="5"} 1\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n`,
    /after 5/,
  ],
  ["a count that is not the +Inf bucket", "text", `${histogram}${buckets}h_sum 1\nh_count 3\n`, /is not its \+Inf/],
  ["a histogram without a sum", "text", `${histogram}${buckets}h_count 2\n`, /after the buckets/],
  [
    "a histogram without a start time",
    "openmetrics",
    `${histogram}${buckets}h_sum 1\nh_count 2\n# EOF\n`,
    /after the buckets/,
  ],
  [
    "an le that is not canonical",
    "openmetrics",
    `${histogram}h_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\nh_created 1\n# EOF\n`,
    /le 1/,
  ],
  ["a fraction in a bucket", "text", `${histogram}h_bucket{le="+Inf"} 1.5\nh_sum 1\nh_count 1.5\n`, /is 1.5/],
  ["an exemplar in the text format", "text", `${counter}c 1 # {a="b"} 1\n`, /after the value/],
  ["an exemplar on a gauge", "openmetrics", `${gauge}g 1 # {a="b"} 1\n# EOF\n`, /exemplar on g/],
  [
    "an exemplar that is too long",
    "openmetrics",
    `${counter}c_total 1 # {a="${"é".repeat(128)}"} 1\n# EOF\n`,
    /129 characters/,
  ],
  [
    "an exemplar in the wrong bucket",
    "openmetrics",
    `${histogram}h_bucket{le="1.0"} 1 # {} 2\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\nh_created 1\n# EOF\n`,
    /exemplar 2/,
  ],
  [
    "an exemplar in an empty bucket",
    "openmetrics",
    `${histogram}h_bucket{le="1.0"} 0 # {} 1\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\nh_created 1\n# EOF\n`,
    /empty bucket/,
  ],
];

describe("exposition parser of the tests", () => {
  for (const [what, format, text, problem] of wrong) {
    it(`refuses ${what}`, () => {
      expect(() => parseExposition(text, format)).to.throw(problem);
    });
  }

  it("reads what is right", () => {
    const text = `${counter}# HELP c says \\"x\\"\\n\\\\\nc_total{a="\\"\\\\\\n😀"} 1 # {run_id="7"} 1 1.5\nc_created{a="\\"\\\\\\n😀"} 0.5\n${histogram}${buckets}h_sum 1e3\nh_count 2\nh_created 0\n# EOF\n`;

    const families = parseExposition(text, "openmetrics");

    expect(families.get("c")?.help).to.equal('says "x"\n\\');
    const [total] = families.get("c")?.samples ?? [];
    expect([...(total?.labels ?? [])]).to.deep.equal([["a", '"\\\n😀']]);
    expect(total?.exemplar).to.deep.equal({ labels: new Map([["run_id", "7"]]), value: 1, timestamp: 1.5 });
    expect(families.get("h")?.samples.map((sample) => sample.value)).to.deep.equal([1, 2, 1000, 2, 0]);
  });
});
