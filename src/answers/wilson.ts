/** The 97.5th percentile of the normal distribution: a two-sided interval of 95 %. */
const z = 1.96;

/**
 * The lower bound of Wilson's score interval for `hits` among `all`: the least share that is plausible after so few
 * observations, from 0 to 1. https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
 */
export function computeWilsonLower(hits: number, all: number): number {
  if (all === 0 || hits === 0) return 0;
  const share = hits / all;
  const centre = share + z ** 2 / (2 * all);
  const margin = z * Math.sqrt((share * (1 - share)) / all + z ** 2 / (4 * all ** 2));
  return (centre - margin) / (1 + z ** 2 / all);
}
