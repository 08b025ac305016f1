import { get } from "node:http";
import type { Config } from "../../config/index.ts";
import { toReachableHost } from "../../config/address.ts";
import { readMessage } from "../../core/errors.ts";

/** Below the least that container platforms wait for a health check. */
const timeoutMillis = 4000;

/** `pipegauge healthcheck`: asks the server of these settings whether it is ready. For images that have no curl. */
export async function healthcheck({ host, port, healthPort = port }: Config): Promise<number> {
  const url = `http://${toReachableHost(host)}:${healthPort}/readyz`;
  try {
    const status = await requestStatus(url);
    process.stdout.write(`${status === 200 ? "ready" : `not ready: ${url} answered ${status}`}\n`);
    return status === 200 ? 0 : 1;
  } catch (error) {
    process.stdout.write(`not ready: ${url}: ${readMessage(error)}\n`);
    return 1;
  }
}

function requestStatus(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(timeoutMillis) }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
      response.on("error", reject);
    });
    request.on("error", (error) =>
      reject(error.name === "AbortError" ? new Error(`no answer within ${timeoutMillis / 1000} s`) : error),
    );
  });
}
