import { expect } from "chai";
import { computeFisherP, computeStudentP } from "../../src/answers/probability.ts";

type Pair = readonly [first: number, second: number];
type Triple = readonly [n: number, mean: number, variance: number];

/**
 * By SciPy 1.17.1: `ttest_ind_from_stats(m1, sqrt(v1 * n1 / (n1 - 1)), n1, m2, sqrt(v2 * n2 / (n2 - 1)), n2).pvalue`; the sample
 * of one value by `2 * t.sf(…)`, because that function divides by n − 1.
 */
const student: readonly (readonly [left: Triple, right: Triple, p: number])[] = [
  [[10, 100, 25], [12, 103, 30], 0.21912477161599303],
  [[50, 60, 36], [8, 75, 49], 4.9906921578860764e-8],
  [[2, 1, 0.5], [2, 1.5, 0.4], 0.6507848521152109],
  [[3, 10, 4], [3, 10, 4], 1],
  [[200, 300, 900], [200, 310, 1000], 0.0013121948923080888],
  [[2, 5, 1], [1, 9, 1], 0.3104261414400261],
  [[120, 100, 100], [12, 125, 150], 5.544544296671555e-13],
  [[7, 42.5, 0.01], [9, 42.51, 0.02], 0.8840717940071333],
  [[25, 1000, 40_000], [25, 1500, 90_000], 1.523793696138244e-8],
];

/** By SciPy 1.17.1: `fisher_exact([[hits, tries - hits], …], alternative="greater").pvalue`. */
const fisher: readonly (readonly [sample: Pair, base: Pair, p: number])[] = [
  [[3, 6], [1, 30], 0.01044053985230456],
  [[5, 20], [10, 200], 0.006198158048911374],
  [[10, 10], [0, 10], 5.412544112234515e-6],
  [[3, 100], [12, 400], 0.6050298533540157],
  [[0, 10], [3, 20], 1],
  [[40, 500], [100, 2000], 0.007822142694982399],
  [[7, 9], [60, 120], 0.1020694698265589],
  [[300, 4000], [900, 16_000], 7.79304176197609e-6],
  [[1, 1], [0, 1], 0.5],
  [[6, 50], [6, 50], 0.6201967278854306],
  [[12, 60], [1, 240], 1.733776974991226e-8],
  [[2500, 25_000], [9000, 100_000], 6.586593794829218e-7],
];

describe("probability", () => {
  for (const [left, right, p] of student) {
    it(`is SciPy's for Student's t of ${left.join("/")} and ${right.join("/")}`, () => {
      const toSample = ([n, mean, variance]: Triple) => ({ n, mean, variance });

      expect(computeStudentP(toSample(left), toSample(right)) / p).to.be.closeTo(1, 1e-9);
    });
  }

  for (const [sample, base, p] of fisher) {
    it(`is SciPy's for Fisher's test of ${sample.join("/")} against ${base.join("/")}`, () => {
      const toShare = ([hits, tries]: Pair) => ({ hits, tries });

      expect(computeFisherP(toShare(sample), toShare(base)) / p).to.be.closeTo(1, 1e-9);
    });
  }

  it("is 1 where two values in all leave nothing to compare, and 0 for constant samples that differ", () => {
    const constant = (n: number, mean: number) => ({ n, mean, variance: 0 });

    expect(computeStudentP(constant(1, 5), constant(1, 9))).to.equal(1);
    expect(computeStudentP(constant(5, 5), constant(5, 5))).to.equal(1);
    expect(computeStudentP(constant(5, 5), constant(5, 6))).to.equal(0);
  });
});
