import { Readable } from "node:stream";
import type { Context, Middleware } from "koa";
import { formatCsvLine, type CsvCell } from "../../text/csv.ts";
import type { Services } from "../services.ts";
import { limit } from "./parameters.ts";
import { createParameterParser } from "./parse-parameters.ts";
import { encodeRunsCursor, findRuns, runFields, runsParameters } from "./runs.ts";

/** Rows of one file; read so many at a time. */
const [rowsMax, rowsFallback, pageSize] = [50_000, 10_000, 200];

const { cursor: _cursor, ...filterParameters } = runsParameters;
const parse = createParameterParser({ ...filterParameters, limit: limit(rowsMax, rowsFallback, "Rows of the file") });

type Asked = ReturnType<typeof parse>;

/** Answers `?format=csv` and `Accept: text/csv` with a file that is written while it is read; leaves the rest to the next one. */
export function respondWithCsv(services: Services): Middleware {
  return async (ctx, next) => {
    ctx.vary("Accept");
    const isCsv = ctx.query["format"] === "csv" || (ctx.query["format"] === undefined && namesCsv(ctx));
    if (!isCsv) return next();
    const asked = parse(new URLSearchParams(ctx.querystring), services.clock());
    // Before the status is sent: a wrong parameter or a database that does not answer has a status of its own.
    const lines = writeLines(services, asked);
    const head = (await lines.next()).value ?? "";
    ctx.set("Cache-Control", "no-store");
    ctx.set("X-Content-Type-Options", "nosniff");
    ctx.set("Content-Disposition", 'attachment; filename="runs.csv"');
    ctx.type = "text/csv; charset=utf-8";
    ctx.body = Readable.from(prepend(head, lines), { objectMode: false });
    return undefined;
  };
}

function namesCsv(ctx: Context): boolean {
  return /\btext\/csv\b/i.test(ctx.get("accept"));
}

async function* prepend(head: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield head;
  yield* rest;
}

/** The heading and the first page, then a page at a time. */
async function* writeLines(services: Services, { limit: rows, ...asked }: Asked): AsyncGenerator<string, undefined> {
  let text = formatCsvLine(runFields.map(([name]) => name));
  let cursor: string | undefined;
  for (let left = rows; left > 0; ) {
    const page = await findRuns(services, { ...asked, limit: Math.min(left, pageSize), cursor });
    for (const run of page.items) text += formatCsvLine(runFields.map(([, get]) => get(run) as CsvCell));
    yield text;
    text = "";
    left -= page.items.length;
    cursor = encodeRunsCursor(page, asked.sort) ?? undefined;
    if (cursor === undefined) return undefined;
  }
  return undefined;
}
