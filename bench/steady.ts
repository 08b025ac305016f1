import { Agent, request } from "node:http";
import type { HttpRequest } from "./payloads.ts";
import { fill } from "./payloads/text.ts";
import { pause } from "./server.ts";

/** What became of one delivery. */
interface Answered {
  /** 0: the connection broke before there was an answer. */
  readonly status: number;
  /** From when it was due to the last byte of the answer. */
  readonly millis: number;
}

/** Sends deliveries of one kind over connections that stay open. */
export interface Sender {
  /** One delivery. It was `due` at a moment of `performance.now()`: what it waited before it was sent counts. */
  send(id: number, due?: number): Promise<Answered>;
  /** Closes every connection. */
  close(): void;
}

/** At most so many connections; a delivery that finds none free waits for one. */
export function openSender(payload: HttpRequest, host: string, connections: number): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const [hostname, port] = host.split(":");
  return {
    close: () => agent.destroy(),
    send(id, due = performance.now()) {
      const now = new Date();
      const body = Buffer.from(fill(payload.body, id, now));
      const headers = Object.entries(payload.headers).map(([name, value]) => [name, fill(value, id, now)] as const);
      return new Promise((resolve) => {
        const answered = (status: number) => resolve({ status, millis: performance.now() - due });
        const sending = request({
          agent,
          hostname,
          port,
          path: payload.path,
          method: "POST",
          headers: { ...Object.fromEntries(headers), "Content-Length": body.length },
        });
        sending.on("response", (response) => {
          response.resume();
          response.on("end", () => answered(response.statusCode ?? 0));
          response.on("error", () => answered(0));
        });
        sending.on("error", () => answered(0));
        sending.end(body);
      });
    },
  };
}

export interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
  /** Id of the first delivery; the others follow. */
  readonly from: number;
}

/** Deliveries that were sent at a fixed rate. */
export interface Steady {
  readonly sent: number;
  /** Answered with 202: stored, and never seen before. */
  readonly accepted: number;
  /** Ascending, of the accepted ones. */
  readonly millis: Float64Array;
}

/**
 * Sends at a fixed rate whether or not what was sent before is answered, so a server that falls behind is not spared. Each
 * delivery is timed from when it was due, which this program being late makes longer, never shorter.
 */
export async function sendSteadily(sender: Sender, { perSecond, seconds, from }: Pace): Promise<Steady> {
  const total = Math.round(perSecond * seconds);
  const millis = new Float64Array(total);
  let accepted = 0;
  let answered = 0;
  const began = performance.now();
  await new Promise<void>((done, failed) => {
    const take = (answer: Answered) => {
      if (answer.status === 202) millis[accepted++] = answer.millis;
      if (++answered === total) done();
    };
    const run = async () => {
      for (let i = 0; i < total; i++) {
        const due = began + (i * 1000) / perSecond;
        const early = due - performance.now();
        if (early > 0) await pause(early);
        void sender.send(from + i, due).then(take);
      }
    };
    run().catch(failed);
  });
  return { sent: total, accepted, millis: millis.slice(0, accepted).toSorted() };
}

/** The value that a share of the ascending values does not exceed. `NaN` of none. */
export function quantile(ascending: Float64Array, share: number): number {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? NaN;
}
