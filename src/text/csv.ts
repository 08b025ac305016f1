/**
 * One line of a CSV file: https://www.rfc-editor.org/rfc/rfc4180. A text that a spreadsheet would take for a formula begins with an
 * apostrophe: https://owasp.org/www-community/attacks/CSV_Injection
 */
export function formatCsvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(formatCell).join(",")}\r\n`;
}

export type CsvCell = string | number | boolean | null | undefined;

function formatCell(value: CsvCell): string {
  if (value === null || value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
