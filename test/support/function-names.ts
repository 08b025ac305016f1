import type { Sources } from "./architecture.ts";

/** A function by its declaration, a constant that holds an arrow function, a parameter or a property of such a type. */
const declarations = [
  /\bfunction\*? +(\w+Of)\b/g,
  /\b(?:const|let) +(\w+Of)\b[^=;]*= *(?:async *)?(?:<[^>]*>)? *(?:\([^;]*?\)[^;=]*|\w+) *=>/g,
  /\b(\w+Of)\??: *(?:\([^()]*\) *=>|Function\b)/g,
  /^ +(?:async )?(\w+Of)\([^;]*\)[^;=]* \{$/gm,
];

/** Predicates, which are no nouns: "is one of". */
const allowed = new Set(["isOneOf"]);

/** Functions that are named after their result and not after what they do: `pipelineOf` instead of `parsePipelineHook`. */
export function misnamedFunctions(sources: Sources): string[] {
  return [...sources].flatMap(([file, source]) => {
    const names = declarations.flatMap((pattern) => [...source.matchAll(pattern)].map(([, name = ""]) => name));
    return [...new Set(names)].filter((name) => !allowed.has(name)).map((name) => `${file}: ${name}`);
  });
}
