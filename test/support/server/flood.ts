import { readFileSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parse } from "yaml";

/** Connections of one test: what they get is left unread, unless the test reads it. */
export interface Flood {
  readonly sockets: readonly Socket[];
  /** How many of them the server has closed. */
  readonly closed: () => number;
  end(): void;
}

/** Fewer than wait in the queue of a listening socket (511 in Node), beyond which a connection is tried again after a second. */
const atOnce = 64;

/** Opens so many connections to a port of 127.0.0.1, by turns from these addresses of this host. */
export async function openFlood(port: number, count: number, from: readonly string[]): Promise<Flood> {
  const sockets: Socket[] = [];
  const open = (localAddress: string) =>
    new Promise<Socket>((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", localAddress }, () => resolve(socket));
      sockets.push(socket);
      // One that is reset after it was connected is closed as well; this is called in vain then.
      socket.on("error", reject);
    });
  for (let opened = 0; opened < count; opened += atOnce) {
    const batch = Array.from({ length: Math.min(atOnce, count - opened) }, (_, i) => opened + i);
    await Promise.all(batch.map((i) => open(from[i % from.length] ?? "127.0.0.1")));
  }
  return {
    sockets,
    closed: () => sockets.filter(({ closed }) => closed).length,
    end: () => sockets.forEach((socket) => socket.destroy()),
  };
}

/** Asks from another address of this host, on a connection of its own; with a body it is a POST. */
export function askFrom(
  localAddress: string,
  url: string,
  body = "",
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const method = body === "" ? "GET" : "POST";
    const asked = request(url, { localAddress, agent: false, method }, (answer) => {
      text(answer).then((read) => resolve({ status: answer.statusCode, text: read }), reject);
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** What the chart lets the server have before the kernel ends it. Megabytes of 1,000,000 bytes. */
export function chartLimitMegabytes(): number {
  const values = readFileSync(join(import.meta.dirname, "../../../helm/pipegauge/values.yaml"), "utf8");
  const { resources } = parse(values) as { resources: { limits: { memory: string } } };
  const mebibytes = /^(\d+)Mi$/.exec(resources.limits.memory)?.[1];
  if (mebibytes === undefined) throw new Error(`resources.limits.memory is ${resources.limits.memory}, not in Mi`);
  return (Number(mebibytes) * 2 ** 20) / 1e6;
}
