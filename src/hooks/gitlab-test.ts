import type { Api } from "../rest/api.ts";
import { describeRetryDelay, readErrorMessage, type ApiResponse } from "../rest/describe-response.ts";
import { toRecord, toText } from "../rest/json.ts";

/** The result of a test; `undefined`: GitLab has no event of that kind to send. */
type Sent = boolean | undefined;

/**
 * Sends a test and prints its result. GitLab responds 201 when the receiver accepted it and 422 when not, and enables a
 * disabled hook again when the test succeeds. `before`: the fields of the hook as it was found.
 * https://docs.gitlab.com/api/project_webhooks/#trigger-a-test-project-webhook
 */
export async function testGitLabHook(
  api: Api,
  path: string,
  before: Readonly<Record<string, unknown>> | undefined,
  print: (line: string) => void,
): Promise<boolean> {
  const disabled = isOff(before?.["alert_status"]);
  const sent = (await send(api, path, "pipeline_events", print)) ?? (await sendWithoutPipeline(api, path, print));
  if (!disabled || !sent) return sent;
  const status = toRecord((await api.request("GET", path)).json)["alert_status"];
  const until = before?.["disabled_until"];
  const was = `GitLab had switched the webhook off${typeof until === "string" ? ` until ${until}` : ""}`;
  print(isOff(status) ? `${was}, and it still is (${toText(status)})` : `${was}; it is on again`);
  return !isOff(status);
}

function isOff(status: unknown): boolean {
  return status !== undefined && status !== null && status !== "executable";
}

/** A project without pipelines can still test address and secret with a push event: GitLab sends one of any kind as a test. */
async function sendWithoutPipeline(api: Api, path: string, print: (line: string) => void): Promise<boolean> {
  print("test: there is no pipeline to send yet, so a push event is sent");
  const sent = await send(api, path, "push_events", print);
  if (sent === undefined) print("test: there is no commit either; the first pipeline will show whether it works");
  return sent ?? true;
}

async function send(api: Api, path: string, trigger: string, print: (line: string) => void): Promise<Sent> {
  const response = await api.send("POST", `${path}/test/${trigger}`);
  if (response.status >= 200 && response.status < 300) {
    print("test: delivered, and accepted by Pipegauge");
    return true;
  }
  if (response.status === 422 && /^ensure the (project|group)/i.test(readErrorMessage(response))) return undefined;
  if (response.status === 404) {
    print("test: this GitLab cannot send one over its API (16.11 and later can): press Test → Pipeline events");
    return true;
  }
  print(`test: failed: ${describeRefusal(response)}`);
  return false;
}

function describeRefusal(response: ApiResponse): string {
  const message = readErrorMessage(response);
  if (response.status === 429) return `GitLab allows five tests a minute: ${describeRetryDelay(response)}`;
  if (response.status !== 422) return `GitLab answered ${response.status}${message === "" ? "" : ` (${message})`}`;
  // GitLab quotes the receiver's response: these are texts of Pipegauge.
  if (message.includes("secret is missing or wrong"))
    return "the server that was reached has another secret: run this command with the settings of the server";
  if (message.includes("unknown source")) return "the server that was reached has no source of that name: see --source";
  if (message.includes("source has no secret"))
    return "the server that was reached has no secret for this source: give it the same one";
  return `GitLab could not deliver: ${message || "it does not say why"}; is the address reachable from GitLab?`;
}
