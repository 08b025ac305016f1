/** Matches whole words, in which `*` is any text, without regular expressions: a rule can never be made to backtrack. */
export function createMatcher(patterns: readonly string[] = []): (text: string) => boolean {
  const exact = new Set(patterns.filter((p) => !p.includes("*")));
  const wild = patterns.filter((p) => p.includes("*")).map((p) => p.split("*"));
  return (text) => exact.has(text) || wild.some((parts) => matchesParts(text, parts));
}

function matchesParts(text: string, parts: readonly string[]): boolean {
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  if (!text.startsWith(first) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.endsWith(last) && text.length - last.length >= at;
}
