/** Facts of which any may be missing or `undefined`, which means that the payload does not contain it. */
export type Undefinable<F> = { readonly [K in keyof F]?: F[K] | undefined };

/** The facts whose value is not `undefined`. A plain loop, because it runs for every job of every delivery. */
export function omitUndefined<F extends object>(facts: Undefinable<F>): Partial<F> {
  const defined: { [K in keyof F]?: F[K] } = {};
  for (const field in facts) {
    const fact = facts[field];
    if (fact !== undefined) defined[field] = fact;
  }
  return defined;
}
