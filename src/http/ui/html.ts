const markup: unique symbol = Symbol("markup");

/** Safe markup. Only the tag `html` creates it; no text or parsed JSON can be mistaken for it. */
export interface Html {
  readonly [markup]: string;
}

/** What may be inserted into a template. Text is escaped; missing values are shown as nothing. */
export type Content = Html | string | number | undefined | null | false | readonly Content[];

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A template whose values are escaped, for element content and quoted attributes. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  let text = strings[0] ?? "";
  for (const [i, value] of values.entries()) text += render(value) + (strings[i + 1] ?? "");
  return { [markup]: text };
}

/** The markup as text, to be sent. */
export function renderHtml(content: Html): string {
  return content[markup];
}

function render(value: Content): string {
  if (value === undefined || value === null || value === false) return "";
  if (typeof value === "string") return value.replace(/[&<>"']/g, (character) => escapes[character] ?? "");
  if (typeof value === "number") return String(value);
  return isList(value) ? value.map(render).join("") : value[markup];
}

function isList(value: Html | readonly Content[]): value is readonly Content[] {
  return Array.isArray(value);
}
