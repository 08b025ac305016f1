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
  const peers: GitLabPeer[] = [];
  afterEach("close every GitLab", async () => {
    await Promise.all(peers.splice(0).map((peer) => peer.close()));
  });
  return async (options) => {
    const peer = await startGitLab(options);
    peers.push(peer);
    return peer;
  };
}
