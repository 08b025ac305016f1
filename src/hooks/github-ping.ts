import type { Api } from "../rest/api.ts";
import { toRecord, toText } from "../rest/json.ts";

/** GitHub delivers within a second or two, and gives up on a receiver after ten. */
const pollsMax = 15;

/** A delivery in a webhook's log: https://docs.github.com/en/rest/repos/webhooks#list-deliveries-for-a-repository-webhook */
interface HookDelivery {
  readonly id: string;
  readonly event: string;
  readonly code: number;
  readonly status: string;
}

/**
 * Requests a ping, waits until GitHub's log shows its result, and prints it. The response to the request itself only
 * confirms that GitHub will send one. https://docs.github.com/en/rest/repos/webhooks#ping-a-repository-webhook
 */
export async function pingGitHubHook(
  api: Api,
  path: string,
  print: (line: string) => void,
  pause: () => Promise<unknown>,
): Promise<boolean> {
  const before = new Set((await listDeliveries(api, path)).map(({ id }) => id));
  await api.request("POST", `${path}/pings`);
  for (let poll = 0; poll < pollsMax; poll++) {
    const ping = (await listDeliveries(api, path)).find(({ id, event }) => event === "ping" && !before.has(id));
    if (ping !== undefined) return reportPing(ping, print);
    await pause();
  }
  print(
    "test: GitHub has accepted the ping, but does not show a delivery yet: look at the webhook's Recent Deliveries",
  );
  return false;
}

async function listDeliveries(api: Api, path: string): Promise<HookDelivery[]> {
  const { json } = await api.request("GET", `${path}/deliveries?per_page=20`);
  return (Array.isArray(json) ? (json as unknown[]) : []).map((value) => {
    const { id, event, status_code: code, status } = toRecord(value);
    return { id: toText(id), event: toText(event), code: Number(code), status: toText(status) };
  });
}

function reportPing({ code, status }: HookDelivery, print: (line: string) => void): boolean {
  if (code >= 200 && code < 300) {
    print("test: ping delivered, and accepted by Pipegauge");
    return true;
  }
  const faults: Readonly<Record<number, string>> = {
    401: "the server that was reached has another secret: run this command with the settings of the server",
    404: "the server that was reached has no source of that name: see --source, and the path in --url",
  };
  const problem =
    faults[code] ?? `${code === 0 ? "no answer" : `answer ${code}`} (${status}); is the address reachable from GitHub?`;
  print(`test: failed: ${problem}`);
  return false;
}
