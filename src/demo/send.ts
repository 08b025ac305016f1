import type { Outcome } from "../core/delivery.ts";
import { AppError, readMessage } from "../core/errors.ts";
import { mapConcurrently } from "../core/map-concurrently.ts";
import { createAuthHeaders } from "./deliveries.ts";
import type { DemoDelivery } from "./story.ts";

export interface Target {
  /** Where the server is, with a slash at the end. */
  readonly url: URL;
  /** The secret of all sources; none: the server must accept this host without one. */
  readonly token: string | undefined;
}

const outcomes: readonly Outcome[] = ["accepted", "duplicate", "ignored", "dead_letter"];

/** The number of deliveries by outcome. */
export type OutcomeCounts = Record<Outcome, number>;

const concurrency = 8;
const triesMax = 6;
const timeoutMillis = 30_000;

/**
 * Sends all deliveries, eight at a time, in their order. Throws at the first one that the server refuses; the message has one
 * line with the remedy.
 */
export async function sendAll(
  deliveries: readonly DemoDelivery[],
  target: Target,
  onProgress: (sent: number) => void,
): Promise<OutcomeCounts> {
  const counts: OutcomeCounts = { accepted: 0, duplicate: 0, ignored: 0, dead_letter: 0 };
  let sent = 0;
  await mapConcurrently(deliveries, concurrency, async (delivery) => {
    counts[await send(delivery, target)]++;
    onProgress(++sent);
  });
  return counts;
}

async function send(delivery: DemoDelivery, target: Target): Promise<Outcome> {
  const url = new URL(`webhooks/${delivery.provider}`, target.url);
  const proof = target.token === undefined ? {} : createAuthHeaders(delivery, target.token);
  const init = { method: "POST", headers: { ...delivery.headers, ...proof }, body: delivery.body };
  for (let tries = 1; ; tries++) {
    const response = await request(url, init);
    const text = await response.text();
    if (response.ok) return parseOutcome(text, url);
    // The server or its database is busy: retry.
    if (response.status !== 503 || tries === triesMax) throw createRefusalError(response.status, delivery, url, target);
    await new Promise((resume) => setTimeout(resume, 100 * 2 ** tries));
  }
}

/** Throws where no server answers, with the remedy. */
export async function request(url: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, redirect: "error", signal: AbortSignal.timeout(timeoutMillis) });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const hint = 'start one with "pipegauge serve", or give its address with --url';
    throw new AppError("unavailable", `no server answers at ${url.origin} (${readMessage(cause)}): ${hint}`, {
      cause: error,
    });
  }
}

function parseOutcome(text: string, url: URL): Outcome {
  const status = readField(text, "status");
  const outcome = outcomes.find((one) => one === status);
  if (outcome === undefined) throw createStrangerError(url);
  return outcome;
}

export function createStrangerError(url: URL): AppError {
  return new AppError("unavailable", `${url.origin} answers, but it is not Pipegauge`);
}

/** A field of a JSON object; `undefined` where the text is none. */
export function readField(text: string, name: string): unknown {
  try {
    const body = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    return body?.[name];
  } catch {
    return undefined;
  }
}

function createRefusalError(status: number, { provider }: DemoDelivery, url: URL, { token }: Target): AppError {
  const variable = `PIPEGAUGE_${provider.toUpperCase()}_SECRET`;
  if (status === 401 && token === undefined) {
    return new AppError("unauthorized", `${url.href} asks for a secret: give the server's ${variable} with --token`);
  }
  if (status === 401) {
    const hint = `--token must be the server's ${variable}, and the same secret must be one of every other source`;
    return new AppError("unauthorized", `${url.href} refuses the secret: ${hint}`);
  }
  if (status === 404) return new AppError("not_found", `${url.href} does not exist: the server has no such source`);
  return new AppError("unavailable", `${url.href} answered ${status}: the server's log says why`);
}
