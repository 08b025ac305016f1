/** What a pure function must not look at. */
interface Source {
  readonly name: string;
  readonly holder: object;
  readonly key: string;
}

const sources: readonly Source[] = [
  { name: "Date.now", holder: Date, key: "now" },
  { name: "Math.random", holder: Math, key: "random" },
  { name: "performance.now", holder: performance, key: "now" },
  { name: "process.hrtime", holder: process, key: "hrtime" },
  { name: "crypto.randomUUID", holder: crypto, key: "randomUUID" },
  { name: "crypto.getRandomValues", holder: crypto, key: "getRandomValues" },
];

/** Runs `work`, which must be synchronous, where every clock and every die throws; `touched` names those it asked. */
export function withoutChance<T>(work: () => T): {
  readonly value: T | undefined;
  readonly touched: readonly string[];
} {
  const touched = new Set<string>();
  const refuse = (name: string): never => {
    touched.add(name);
    throw new Error(`${name} is out of reach`);
  };
  const undo = [...sources.map((source) => replaced(source, refuse)), replacedDate(refuse)];
  try {
    return { value: work(), touched: [...touched] };
  } catch (error) {
    if (touched.size === 0) throw error;
    return { value: undefined, touched: [...touched] };
  } finally {
    for (const restore of undo) restore();
  }
}

function replaced({ name, holder, key }: Source, refuse: (name: string) => never): () => void {
  const own = Object.getOwnPropertyDescriptor(holder, key);
  Object.defineProperty(holder, key, { value: () => refuse(name), configurable: true, writable: true });
  return () => {
    if (own === undefined) Reflect.deleteProperty(holder, key);
    else Object.defineProperty(holder, key, own);
  };
}

/** `new Date()` reads the clock, `new Date(0)` does not. */
function replacedDate(refuse: (name: string) => never): () => void {
  const original = globalThis.Date;
  globalThis.Date = new Proxy(original, {
    apply: () => refuse("Date()"),
    construct: (target, args) => (args.length === 0 ? refuse("new Date()") : Reflect.construct(target, args)),
  });
  return () => {
    globalThis.Date = original;
  };
}
