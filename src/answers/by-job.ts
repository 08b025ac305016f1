/**
 * Values by stage and name of jobs. Maps of maps: there are a million jobs, and to join their names takes longer than to find
 * the same texts twice.
 */
export interface ByJob<V> {
  get(stage: string | null, name: string | null, create: () => V): V;
  values(): V[];
}

export function createByJob<V>(): ByJob<V> {
  const stages = new Map<string | null, Map<string | null, V>>();
  return {
    get(stage, name, create) {
      let names = stages.get(stage);
      if (names === undefined) stages.set(stage, (names = new Map()));
      let value = names.get(name);
      if (value === undefined) names.set(name, (value = create()));
      return value;
    },
    values: () => [...stages.values()].flatMap((names) => [...names.values()]),
  };
}
