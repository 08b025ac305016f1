import type { Actor } from "../../core/model.ts";
import { readMember, readText } from "../optional-fields.ts";

/**
 * Names of users that are no people. A project or group access token is a user called `project_<id>_bot…` or `group_<id>_bot…`:
 * gitlabhq app/services/resource_access_tokens/create_service.rb, `username_and_email_generator`. A service account is called
 * `service_account_…` unless it was given another name: https://docs.gitlab.com/user/profile/service_accounts/. Others are
 * called by what they are: `renovate-bot`, `release_bot`. Webhooks do not say of which type a user is.
 */
const bot = /^service_account_|(?:^|[-_])bot(?:$|[-_\d])|\[bot\]$|^(?:renovate|dependabot)$/i;

/** A cache of the last user: nearly all jobs of a delivery are of one. */
let latest: { readonly name: string; readonly actor: Actor } = { name: "", actor: "person" };

/** Whether a user of a payload is a person or a bot, as far as the name shows it. The name itself is not stored. */
export function findActor(user: unknown): Actor | undefined {
  const name = readText(readMember(user, "username"));
  if (name === undefined) return undefined;
  if (name !== latest.name) latest = { name, actor: bot.test(name) ? "bot" : "person" };
  return latest.actor;
}
