/** JSON that a terminal can show as well: what it would obey, or not show, is escaped, so that programs read the same. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(/[\u007f-\u009f\p{Cf}\u2028\u2029]/gu, (text) =>
    // By UTF-16 units, as JSON escapes are: https://www.rfc-editor.org/rfc/rfc8259#section-7
    text.split("").map(escapeUnit).join(""),
  );
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
