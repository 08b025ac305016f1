import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Below those that the system gives to connections and to servers that ask for any (`ip_local_port_range` in
 * https://docs.kernel.org/networking/ip-sysctl.html, 32768 and more): between the look and the use none of them takes it.
 */
const [lowest, highest] = [12_000, 32_767];

/** A port of 127.0.0.1 on which nothing listens, for a program that has to be given one. */
export async function freePort(): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) return port;
    if (tries === 100) throw new Error(`none of ${tries} ports from ${lowest} to ${highest} is free`);
  }
}

/** Whether a server can listen on the port. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
