import { expect } from "chai";
import type { AppError } from "../../../src/core/errors.ts";
import { createLedger, type Ledger } from "../../../src/core/ledger.ts";
import { ofRun } from "../model/observations.ts";
import type { Entry, LedgerOptions, Outcome, Submission } from "../../../src/core/delivery.ts";

export class TransientFailure extends Error {}
export class BrokenFailure extends Error {}

/**
 * A ledger on a store of one's own making: `record` answers as the test says, and what it was asked is remembered (`calls`:
 * keys of the deliveries of each call, in order). The clock stands still unless the test moves it.
 */
export function scripted(
  record: (batch: readonly Entry[], call: number) => Promise<readonly Outcome[]> | readonly Outcome[],
  options: Partial<LedgerOptions<Entry>> = {},
) {
  const calls: string[][] = [];
  const entries: Entry[] = [];
  const errors: { readonly message: string; readonly deliveries: number }[] = [];
  const time = { now: 0 };
  const ledger: Ledger = createLedger({
    recorder: {
      encode: (entry) => entry,
      async record(batch) {
        calls.push(batch.map(({ delivery }) => delivery.key));
        entries.push(...batch);
        return record(batch, calls.length);
      },
      isTransient: (error) => error instanceof TransientFailure,
      isBroken: (error) => error instanceof BrokenFailure,
    },
    clock: () => time.now,
    queueMax: 100,
    batchMax: 10,
    timeoutMillis: 1000,
    onError: (error, deliveries) => errors.push({ message: String(error), deliveries }),
    ...options,
  });
  return { ledger, calls, entries, errors, time };
}

export const accept = (batch: readonly Entry[]): Outcome[] => batch.map(() => "accepted");

export function submission(key: string): Submission {
  return {
    delivery: {
      key,
      source: "main",
      provider: "gitlab",
      outcome: "accepted",
      reason: null,
      receivedAt: 0,
      bytes: 2,
      content: null,
      replayed: false,
    },
    observations: [ofRun(key, "success", { clock: 70 })],
    content: () => ({ headers: "{}", body: `body of ${key}` }),
  };
}

/** A gate that a recorder waits at until the test opens it. */
export function gate() {
  let open = () => undefined as void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** What became of promises so far, once everything that could happen by itself has happened. */
export async function settled<T>(promises: readonly Promise<T>[]): Promise<string[]> {
  const states = promises.map(() => "waiting");
  promises.forEach((promise, i) => {
    promise.then(
      (value) => (states[i] = String(value)),
      (error: unknown) => (states[i] = error instanceof Error && "code" in error ? String(error.code) : String(error)),
    );
  });
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
  return states;
}

/** The error with which the ledger refused a delivery. */
export async function catchRefusal(promise: Promise<unknown>): Promise<AppError> {
  return promise.then(
    () => expect.fail("it was not refused"),
    (error: unknown) => error as AppError,
  );
}
