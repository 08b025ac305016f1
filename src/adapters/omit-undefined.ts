/** Facts of which any may be missing or `undefined`, which means that the payload does not contain it. */
export type Undefinable<F> = { readonly [K in keyof F]?: F[K] | undefined };

/** The facts whose value is not `undefined`: the same object where it holds no other, because this runs for every job of every delivery. */
export function omitUndefined<F extends object>(facts: Undefinable<F>, further?: Undefinable<F>): Partial<F> {
  if (further === undefined && areDefined(facts)) return facts;
  const defined: { [K in keyof F]?: F[K] } = {};
  for (const part of further === undefined ? [facts] : [facts, further])
    for (const field in part) {
      const fact = part[field];
      if (fact !== undefined) defined[field] = fact;
    }
  return defined;
}

function areDefined<F extends object>(facts: Undefinable<F>): facts is Partial<F> {
  for (const field in facts) if (facts[field] === undefined) return false;
  return true;
}
