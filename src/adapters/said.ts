/** Facts of which some may be absent: `undefined` where the payload does not tell. */
export type Sayable<F> = { readonly [K in keyof F]?: F[K] | undefined };

/** Facts without those that the payload does not tell. A plain loop: it runs for every job of every delivery. */
export function said<F extends object>(facts: Sayable<F>): Partial<F> {
  const told: { [K in keyof F]?: F[K] } = {};
  for (const field in facts) {
    const fact = facts[field];
    if (fact !== undefined) told[field] = fact;
  }
  return told;
}
