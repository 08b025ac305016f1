import { closeAfterEach } from "../support/close-after-each.ts";
import { callHooks, type Called } from "./call.ts";
import { startGitLab, token, type GitLabOptions, type GitLabPeer } from "./gitlab-peer.ts";

/** A secret token. */
export const plain = "a-secret-token";
/** A signing token. */
export const signing = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

export interface CallOptions {
  readonly secret?: string;
  readonly apiToken?: string;
  readonly args?: readonly string[];
  readonly target?: readonly string[];
}

/** `pipegauge hooks gitlab` for the address of a Pipegauge. */
export function callGitLab(peer: GitLabPeer, url: string, options: CallOptions = {}): Promise<Called> {
  const { secret = plain, apiToken = token, args = [], target = ["--project", "shop/backend/checkout"] } = options;
  const env = { PIPEGAUGE_GITLAB_SECRET: secret, PIPEGAUGE_GITLAB_TOKEN: apiToken };
  return callHooks("gitlab", ["--url", url, "--api", peer.url, ...target, ...args], env);
}

/** For use in a `describe`: GitLabs that are closed after each test. */
export function gitLabs(): (options?: GitLabOptions) => Promise<GitLabPeer> {
  return closeAfterEach(startGitLab);
}
