import { parseArgs } from "node:util";
import { fillLedger } from "./fill-ledger.ts";

/**
 * `tsx bench/scale/fill.ts --database-url <url> --runs 10000000` fills an empty database with runs of a year. Ten million take 16 GB on
 * SQLite, 30 GB on PostgreSQL, and half an hour. `--from` goes on after so many runs.
 */
const { values } = parseArgs({
  options: {
    "database-url": { type: "string" },
    runs: { type: "string", default: "10000000" },
    from: { type: "string", default: "0" },
  },
});
if (values["database-url"] === undefined) throw new Error("--database-url <url> of an empty database is missing");
await fillLedger(values["database-url"], Number(values.runs), Number(values.from));
