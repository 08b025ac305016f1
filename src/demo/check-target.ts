import { AppError } from "../core/errors.ts";
import { createStrangerError, readField, request } from "./send.ts";

export interface CheckedTarget {
  readonly url: URL;
  /** The server's own `PIPEGAUGE_API_TOKEN`, where it has one. */
  readonly apiToken: string | undefined;
}

const anyway = "send all the same with --yes, or try it on a server of its own: pipegauge demo --serve";

/**
 * Asks the server what it holds. Throws unless that is nothing, or the demo's own runs: totals never fall, so invented runs among real
 * ones would stay in every total.
 */
export async function checkTarget({ url, apiToken }: CheckedTarget): Promise<"none" | "demo"> {
  const headers: Record<string, string> = apiToken === undefined ? {} : { authorization: `Bearer ${apiToken}` };
  const response = await request(new URL("api/v1/status", url), { headers });
  const text = await response.text();
  if (response.status === 401) throw new AppError("unauthorized", describeUnreadable(url, apiToken));
  if (response.status >= 500)
    throw new AppError("unavailable", `${url.href} answered ${response.status}: the server's log says why`);
  if (!response.ok || readField(text, "version") === undefined) throw createStrangerError(url);
  const data = readField(text, "data");
  if (data === "none" || data === "demo") return data;
  const what = data === "real" ? "holds deliveries that are not the demo's" : "does not report what it holds";
  throw new AppError(
    "invalid",
    `${url.href} ${what}, and nothing can take invented runs out of its totals again: ${anyway}`,
  );
}

function describeUnreadable({ href }: URL, apiToken: string | undefined): string {
  const token =
    apiToken === undefined
      ? "give its PIPEGAUGE_API_TOKEN with --api-token"
      : "--api-token is not its PIPEGAUGE_API_TOKEN";
  return `${href} does not show what it holds: ${token}; or ${anyway}`;
}
