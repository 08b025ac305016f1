const email = /[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g;

/** Replaces everything that looks like an e-mail address. Works on any text, valid JSON or not. */
export function withoutEmails(body: string): string {
  return body.replace(email, "[redacted]");
}

/**
 * Empties the value of every property called `name`, in any text that looks like JSON, even if it is broken or cut
 * off: from the colon to the end of the value, or to the end of the text.
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

function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (char === '"') {
      i = endOfString(text, i + 1);
      if (depth === 0) return Math.min(i + 1, text.length);
    } else if (char === "[" || char === "{") depth++;
    else if (char === "]" || char === "}") {
      if (depth === 0) return i;
      if (--depth === 0) return i + 1;
    } else if (char === "," && depth === 0) return i;
  }
  return text.length;
}

function endOfString(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i;
  }
  return text.length;
}
