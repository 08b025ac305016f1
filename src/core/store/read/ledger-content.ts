import { demoPrefix } from "../../demo-projects.ts";
import { toRows } from "../db/transaction.ts";
import type { Reading } from "./context.ts";

export const ledgerContents = ["none", "demo", "real"] as const;
export type LedgerContent = (typeof ledgerContents)[number];

/**
 * What the ledger holds: real runs are those of projects that `pipegauge demo` does not invent. Deliveries without a run, such as those
 * about other things, are real too: the demo sends none.
 */
export async function readLedgerContent({ trx }: Reading): Promise<LedgerContent> {
  const [held] = toRows(
    await trx.raw(
      `select case
         when exists (select 1 from runs where substr(coalesce(project, ''), 1, ${demoPrefix.length}) <> ?) then 'real'
         when exists (select 1 from runs) then 'demo'
         when exists (select 1 from deliveries) then 'real'
         else 'none' end as data`,
      [demoPrefix],
    ),
  );
  return ledgerContents.find((one) => one === held?.["data"]) ?? "real";
}
