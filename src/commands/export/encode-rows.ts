import type { ExportColumn } from "./columns.ts";

/** How rows become the text of a file. */
export interface RowEncoder<T> {
  readonly header: string;
  readonly encode: (item: T) => string;
}

export interface CsvOptions {
  /** Put `'` before a text that a spreadsheet would take for a formula. */
  readonly escapeFormulas: boolean;
}

/**
 * RFC 4180, with a header: a field is in quotes where it has to be, lines end with CRLF. An empty field is null; an empty text is
 * two quotes.
 */
export function createCsvEncoder<T>(columns: readonly ExportColumn<T>[], options: CsvOptions): RowEncoder<T> {
  const gets = columns.map(({ get }) => get);
  return {
    header: `${columns.map(({ name }) => name).join(",")}\r\n`,
    encode: (item) => `${gets.map((get) => encodeField(get(item), options)).join(",")}\r\n`,
  };
}

/** One object of the read API a line. */
export function createJsonEncoder<T>(columns: readonly ExportColumn<T>[]): RowEncoder<T> {
  return {
    header: "",
    encode: (item) => `${JSON.stringify(Object.fromEntries(columns.map(({ name, get }) => [name, get(item)])))}\n`,
  };
}

/** What OWASP lists: https://owasp.org/www-community/attacks/CSV_Injection */
const formulaStart = /^[=+\-@\t\r]/;
const needsQuotes = /[",\r\n]/;

function encodeField(value: unknown, { escapeFormulas }: CsvOptions): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const shown = escapeFormulas && formulaStart.test(text) ? `'${text}` : text;
  return shown === "" || needsQuotes.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
