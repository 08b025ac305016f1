import type { Api } from "../rest/api.ts";
import { describeWait, readErrorMessage, type ApiResponse } from "../rest/describe-response.ts";
import { toRecord, toText } from "../rest/json.ts";

/** Sends `trigger` and says how it went; `undefined`: GitLab has nothing of that kind to send. */
type Sent = boolean | undefined;

/**
 * Sends a test and says what came of it. GitLab answers 201 where the receiver took it and 422 where not, and switches a
 * hook that it had disabled on again when the test gets through. `before`: the fields of the hook as it was found.
 * https://docs.gitlab.com/api/project_webhooks/#trigger-a-test-project-webhook
 */
export async function testGitLabHook(
  api: Api,
  path: string,
  before: Readonly<Record<string, unknown>> | undefined,
  say: (line: string) => void,
): Promise<boolean> {
  const disabled = isOff(before?.["alert_status"]);
  const sent = (await send(api, path, "pipeline_events", say)) ?? (await sendWithoutPipeline(api, path, say));
  if (!disabled || !sent) return sent;
  const status = toRecord((await api.request("GET", path)).json)["alert_status"];
  const until = before?.["disabled_until"];
  const was = `GitLab had switched the webhook off${typeof until === "string" ? ` until ${until}` : ""}`;
  say(isOff(status) ? `${was}, and it still is (${toText(status)})` : `${was}; it is on again`);
  return !isOff(status);
}

function isOff(status: unknown): boolean {
  return status !== undefined && status !== null && status !== "executable";
}

/** A project without pipelines can still prove that address and secret are right: the event is answered and ignored. */
async function sendWithoutPipeline(api: Api, path: string, say: (line: string) => void): Promise<boolean> {
  say("test: there is no pipeline to send yet, so a push event is sent, which Pipegauge answers and ignores");
  const sent = await send(api, path, "push_events", say);
  if (sent === undefined) say("test: there is no commit either; the first pipeline will show whether it works");
  return sent ?? true;
}

async function send(api: Api, path: string, trigger: string, say: (line: string) => void): Promise<Sent> {
  const response = await api.send("POST", `${path}/test/${trigger}`);
  if (response.status >= 200 && response.status < 300) {
    say("test: delivered, and taken by Pipegauge");
    return true;
  }
  if (response.status === 422 && /^ensure the (project|group)/i.test(readErrorMessage(response))) return undefined;
  if (response.status === 404) {
    say("test: this GitLab cannot send one over its API (16.11 and later can): press Test → Pipeline events");
    return true;
  }
  say(`test: failed: ${describeRefusal(response)}`);
  return false;
}

function describeRefusal(response: ApiResponse): string {
  const message = readErrorMessage(response);
  if (response.status === 429) return `GitLab allows five tests a minute: ${describeWait(response)}`;
  if (response.status !== 422) return `GitLab answered ${response.status}${message === "" ? "" : ` (${message})`}`;
  // GitLab quotes the receiver's response: these are texts of Pipegauge.
  if (message.includes("secret is missing or wrong"))
    return "the server that was reached has another secret: run this command with the settings of the server";
  if (message.includes("unknown source")) return "the server that was reached has no source of that name: see --source";
  if (message.includes("source has no secret"))
    return "the server that was reached has no secret for this source: give it the same one";
  return `GitLab could not deliver: ${message || "it does not say why"}; is the address reachable from GitLab?`;
}
