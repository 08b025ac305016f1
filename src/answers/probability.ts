/**
 * Probabilities of two statistical tests. Written here because the libraries that have them are large or rest: docs/adr/0039.
 * Tests hold them to values that SciPy computed.
 */

/** Lanczos' approximation with g = 7; coefficients: https://en.wikipedia.org/wiki/Lanczos_approximation */
const lanczosStart = 0.99999999999980993;
const lanczos = [
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** The logarithm of the gamma function for `x` ≥ 0.5. */
function computeLogGamma(x: number): number {
  const series = lanczos.reduce((sum, coefficient, i) => sum + coefficient / (x + i), lanczosStart);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(series);
}

/**
 * The regularised incomplete beta function by its continued fraction, as Lentz evaluates it:
 * https://dlmf.nist.gov/8.17#v and https://dlmf.nist.gov/3.10#iii. `y` is 1 − x, given because a difference would lose digits.
 */
function computeIncompleteBeta(x: number, y: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  // The fraction converges fast only below the mean; above it the mirrored function is used.
  if (x > (a + 1) / (a + b + 2)) return 1 - computeIncompleteBeta(y, x, b, a);
  const logFactor =
    a * Math.log(x) + b * Math.log(y) + computeLogGamma(a + b) - computeLogGamma(a) - computeLogGamma(b);
  return (Math.exp(logFactor) / a) * computeBetaFraction(x, a, b);
}

const precision = 1e-15;
const stepsMax = 500;

function computeBetaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= stepsMax; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    value *= d * c;
    if (Math.abs(d * c - 1) < precision) break;
  }
  return value;
}

/** The number, mean and variance (divided by n, not n − 1) of a sample. */
export interface Sample {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

/**
 * Student's t-test for two samples of equal variance: the probability of means that are at least as far apart, if both samples came
 * from the same distribution. Two-sided. 1 where two values in all leave nothing to compare.
 */
export function computeStudentP(left: Sample, right: Sample): number {
  const freedom = left.n + right.n - 2;
  if (freedom < 1) return 1;
  const squares = left.n * left.variance + right.n * right.variance;
  const difference = left.mean - right.mean;
  if (squares === 0) return difference === 0 ? 1 : 0;
  const tSquared = (difference * difference * freedom) / (squares * (1 / left.n + 1 / right.n));
  const sum = freedom + tSquared;
  return computeIncompleteBeta(freedom / sum, tSquared / sum, freedom / 2, 0.5);
}

/** How often something happened in a number of tries. */
export interface Share {
  readonly hits: number;
  readonly tries: number;
}

/**
 * Fisher's exact test, one-sided: the probability that the sample has at least so many of all hits, if hits fell on the tries of
 * both by chance. A sum of the hypergeometric distribution: https://en.wikipedia.org/wiki/Fisher%27s_exact_test
 */
export function computeFisherP(sample: Share, base: Share): number {
  const hits = sample.hits + base.hits;
  const tries = sample.tries + base.tries;
  const most = Math.min(hits, sample.tries);
  const logFirst =
    computeLogChoose(sample.tries, sample.hits) +
    computeLogChoose(base.tries, base.hits) -
    computeLogChoose(tries, hits);
  let term = Math.exp(logFirst);
  let p = term;
  for (let k = sample.hits; k < most; k++) {
    term *= ((sample.tries - k) * (hits - k)) / ((k + 1) * (base.tries - hits + k + 1));
    p += term;
  }
  return Math.min(1, p);
}

function computeLogChoose(n: number, k: number): number {
  return computeLogGamma(n + 1) - computeLogGamma(k + 1) - computeLogGamma(n - k + 1);
}
