import { setTimeout as sleep } from "node:timers/promises";
import type { ReadFlags } from "../../config/flags.ts";
import type { Config } from "../../config/index.ts";
import type { Api } from "../../rest/api.ts";
import { setUpGitHubHook, createGitHubApi } from "../../hooks/github.ts";
import { setUpGitLabHook, createGitLabApi } from "../../hooks/gitlab.ts";
import type { SetupRequest } from "../../hooks/hook.ts";
import { name as program, version } from "../../version.ts";
import { wantsJson } from "../output.ts";
import { createStyle } from "../style.ts";
import { readHookCall, type HookCall } from "./parse-arguments.ts";

export interface HookSurroundings {
  readonly write?: (text: string) => void;
  /** Between two polls of GitHub's log of deliveries. */
  readonly pauseMillis?: number;
  /** For colours. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * `pipegauge hooks gitlab|github`: creates or repairs a provider's webhook, and sends its test. Can be repeated
 * without harm. Exit code 1 when the test was not accepted; throws when the provider refuses.
 */
export async function hooks(
  provider: string | undefined,
  config: Config,
  flags: ReadFlags,
  { write = (text) => process.stdout.write(text), pauseMillis = 1000, env = {} }: HookSurroundings = {},
): Promise<number> {
  const call = readHookCall(provider, config, flags);
  const json = wantsJson(flags);
  const lines: string[] = [];
  const print = (line: string) => {
    lines.push(line);
    if (!json) write(`${line}\n`);
  };
  print(`${call.target.kind} ${call.target.path} at ${call.apiBase}`);
  if (call.url.startsWith("http:")) print("note: http:// sends deliveries, and a secret token, unencrypted");
  const request: SetupRequest = {
    target: call.target,
    wanted: {
      url: call.url,
      formerUrl: call.formerUrl,
      secrets: call.source.secrets(),
      jobs: call.jobs,
      code: call.code,
    },
    dryRun: call.dryRun,
    print: print,
    pause: () => sleep(pauseMillis),
  };
  const works = await arrange(call, request);
  const style = createStyle(process.stdout, env);
  if (!json && process.stdout.isTTY) print(works ? style.good("done") : style.bad("the test was not accepted"));
  if (json) write(`${JSON.stringify(describeCall(call, works, lines), null, 2)}\n`);
  return works ? 0 : 1;
}

function describeCall(call: HookCall, works: boolean, messages: readonly string[]): object {
  const { provider, apiBase, target, url, dryRun, source } = call;
  return { provider, api: apiBase, target, source: source.name, url, dry_run: dryRun, works, messages };
}

function arrange({ provider, apiBase, token, target }: HookCall, request: SetupRequest): Promise<boolean> {
  const connect = (open: typeof createGitLabApi): Api => open(apiBase, token, `${program}/${version}`, target);
  return provider === "gitlab"
    ? setUpGitLabHook(connect(createGitLabApi), request)
    : setUpGitHubHook(connect(createGitHubApi), request);
}
