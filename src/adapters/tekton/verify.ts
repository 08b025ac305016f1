import type { RequestHead } from "../../core/adapter.ts";
import { isOneOf, presentedSecret } from "../signature.ts";

/**
 * Tekton signs nothing and sends no header of ours: all it knows is the sink's URL. So the secret stands in that URL
 * (userinfo, which Go turns into Basic credentials, or `?token=`), or a proxy in between adds a bearer header.
 */
export function verify(request: RequestHead, secrets: readonly string[]): boolean {
  return isOneOf(presentedSecret(request), secrets);
}
