/** The last part of a domain begins with a letter, which tells `mira@example.com` from `gcc@11.1.0` and `ci.yml@v1.2`. */
const email = /[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z][A-Za-z0-9-]{1,62}/g;

/** Replaces everything in a text that looks like an e-mail address. */
export function withoutEmails(text: string): string {
  return text.includes("@") ? text.replace(email, "[redacted]") : text;
}

/**
 * An address, or one of JSON's escapes: `\nmira@example.com` must lose the address and keep its `\n`, or what was valid
 * JSON is valid no longer. An `@` may itself be escaped.
 */
const escapeOrEmail =
  /\\u(?!0040)[0-9A-Fa-f]{4}|\\[^u]|[A-Za-z0-9._%+-]{1,64}(?:@|\\u0040)(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z][A-Za-z0-9-]{1,62}/g;

/** The same for JSON, valid or not. */
export function withoutJsonEmails(body: string): string {
  return body.replace(escapeOrEmail, (found) => (found.startsWith("\\") ? found : "[redacted]"));
}

/**
 * Empties the value of every property called `name`, in any text that looks like JSON, even if it is broken or cut
 * off: from the colon to what ends the value, or to the end of the text.
 */
export function withoutProperty(body: string, name: string): string {
  const key = new RegExp(`"${name}"\\s*:\\s*`, "g");
  let out = "";
  let from = 0;
  for (let match = key.exec(body); match !== null; match = key.exec(body)) {
    const start = match.index + match[0].length;
    const end = endOfValue(body, start);
    out += body.slice(from, start) + (body[start] === "[" ? "[]" : "null");
    from = end;
    key.lastIndex = end;
  }
  return out + body.slice(from);
}

/** Where a comma or a bracket that closes something else follows; the space before it is not part of the value. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  let end = start;
  for (; end < text.length; end++) {
    const char = text[end];
    if (char === '"') end = endOfString(text, end + 1);
    else if (char === "[" || char === "{") depth++;
    else if (depth === 0 && (char === "," || char === "]" || char === "}")) break;
    else if (char === "]" || char === "}") depth--;
  }
  end = Math.min(end, text.length);
  while (end > start && /\s/.test(text[end - 1] ?? "")) end--;
  return end;
}

function endOfString(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i;
  }
  return text.length;
}
