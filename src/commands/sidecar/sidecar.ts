import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError, readMessage } from "../../core/errors.ts";
import { readSidecarCall, type SidecarCall } from "./parse-arguments.ts";
import { fieldNames, readWhenWritten, type JobFields, type Deadline } from "./wait-for-file.ts";

/** After a signal: for a file that is just being written, and for sending it. Kubernetes leaves 30 s in all. */
const graceMillis = 1000;
const lastSendMillis = 20_000;

const attemptMillis = 10_000;
const firstPauseMillis = 500;
const longestPauseMillis = 30_000;

/** Statuses after which another attempt can help: https://www.rfc-editor.org/rfc/rfc9110#name-status-codes */
const retryable = new Set([408, 425, 429]);

/**
 * `pipegauge sidecar <file-path> <receiver-url>`: waits for the JSON file that a CI job leaves at its end, and reports it to
 * the template counter. Exit code 0 once it was accepted; 1, with the reason, when it was refused or time ran out.
 */
export async function sidecar(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const call = readSidecarCall(args, env);
  const { file, sending } = createDeadlines(call.timeoutMillis);
  try {
    printError(`waiting for ${call.file}`);
    const fields = await readWhenWritten(call.file, file);
    printError(`sending ${call.file} to ${call.receiver.href}${call.fromService ? ", as RECEIVER_SERVICE says" : ""}`);
    await send(call, fields, sending);
    printError("accepted");
    return 0;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const why = file.stopping.aborted ? "stopped" : "gave up";
    process.stderr.write(`pipegauge sidecar: ${why}: ${error.message}\n`);
    return 1;
  }
}

function printError(text: string): void {
  process.stdout.write(`pipegauge sidecar: ${text}\n`);
}

/** The timeout, which SIGTERM or SIGINT shortens to what it takes to send the file that the job has just left. */
function createDeadlines(timeoutMillis: number): { readonly file: Deadline; readonly sending: Deadline } {
  const controller = new AbortController();
  let until = performance.now() + timeoutMillis;
  let stoppedAt = Infinity;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      stoppedAt = Math.min(stoppedAt, performance.now());
      until = Math.min(until, stoppedAt + lastSendMillis);
      controller.abort();
    });
  }
  const stopping = controller.signal;
  return {
    file: { stopping, until: () => Math.min(until, stoppedAt + graceMillis) },
    sending: { stopping, until: () => until },
  };
}

/** Retries until it is accepted. Throws when it is refused for good, or when there is no time for another attempt. */
async function send({ receiver, key }: SidecarCall, fields: JobFields, { until, stopping }: Deadline): Promise<void> {
  const url = new URL(receiver);
  for (const name of fieldNames) {
    // A name with "-" makes no metric, so a colon in it becomes "_", as it does where the job reports by itself.
    const value = name === "name" ? fields[name]?.replaceAll(":", "_") : fields[name];
    // As the older sidecar wrote them: a project has the same label whichever of the two reported it.
    if (value !== undefined) url.searchParams.set(name, value.replaceAll(/[:/]/g, "-").replaceAll(" ", "_"));
  }
  // The same in every attempt, so that one whose response got lost does not count twice.
  const headers = { "Idempotency-Key": randomUUID(), ...(key === undefined ? {} : { Authorization: `PRPC ${key}` }) };
  for (let tries = 1, pause = firstPauseMillis; ; tries++, pause = Math.min(2 * pause, longestPauseMillis)) {
    // A timer takes whole milliseconds, and the clock gives fractions.
    const left = Math.ceil(until() - performance.now());
    const { problem, retryAfterMillis } = await attempt(url, headers, Math.min(attemptMillis, Math.max(left, 1000)));
    if (problem === undefined) return;
    // With jitter: the jobs of one pipeline end together.
    const delayMillis = Math.max(pause * (0.75 + Math.random() / 2), retryAfterMillis);
    if (performance.now() + delayMillis >= until())
      throw new AppError("unavailable", `${receiver.href} ${problem} (${tries} ${tries === 1 ? "try" : "tries"})`);
    process.stderr.write(`pipegauge sidecar: ${receiver.href} ${problem}; trying again\n`);
    if (stopping.aborted) pause = firstPauseMillis;
    // A stop ends the current pause only; later attempts still have theirs.
    await (stopping.aborted
      ? sleep(delayMillis)
      : sleep(delayMillis, undefined, { signal: stopping }).catch(() => undefined));
  }
}

interface SendAttempt {
  /** What went wrong, to be printed after the receiver's address; `undefined`: it was accepted. */
  readonly problem?: string;
  readonly retryAfterMillis: number;
}

async function attempt(url: URL, headers: Readonly<Record<string, string>>, millis: number): Promise<SendAttempt> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(millis) });
    const text = (await response.text()).replaceAll(/\s+/g, " ").slice(0, 300);
    const warning = response.headers.get("warning");
    if (response.ok && warning !== null)
      process.stderr.write(`pipegauge sidecar: accepted with a warning: ${warning}\n`);
    if (response.ok) return { retryAfterMillis: 0 };
    const problem = `answered ${response.status}${text === "" ? "" : `: ${text}`}`;
    if (response.status < 500 && !retryable.has(response.status))
      throw new AppError("invalid", `${url.origin} ${problem}`);
    const seconds = Number(response.headers.get("retry-after") ?? 0);
    return { problem, retryAfterMillis: seconds > 0 ? Math.min(seconds * 1000, longestPauseMillis) : 0 };
  } catch (error) {
    if (error instanceof AppError) throw error;
    const cause = error instanceof Error ? error.cause : undefined;
    return { problem: `did not answer: ${readMessage(cause ?? error)}`, retryAfterMillis: 0 };
  }
}
