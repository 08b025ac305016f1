import type { CollectorRegistry } from "./registry.ts";

export interface PushOptions {
  /** The `job` label of what is pushed. */
  readonly job: string;
  /** Further labels that distinguish this group from others of the same job, for example `{ project: "group/app" }`. */
  readonly grouping?: Readonly<Record<string, string>>;
  /** How long the Pushgateway may take. Milliseconds; by default 10 s, so that a dead one does not hang a CI job. */
  readonly timeoutMillis?: number;
}

/** Replaces the whole group in the Pushgateway by the registry's metrics. `address`: `HOST:PORT` or a URL. */
export async function pushToGateway(address: string, registry: CollectorRegistry, options: PushOptions): Promise<void> {
  await pushText(address, await registry.render(), options);
}

/** The same for metrics that are text already. */
export async function pushText(address: string, text: string, options: PushOptions): Promise<void> {
  await send("PUT", address, options, text);
}

/** Replaces only the metrics of the same names in the group. */
export async function pushAddToGateway(
  address: string,
  registry: CollectorRegistry,
  options: PushOptions,
): Promise<void> {
  await send("POST", address, options, await registry.render());
}

/** Deletes the group from the Pushgateway. */
export async function deleteFromGateway(address: string, options: PushOptions): Promise<void> {
  await send("DELETE", address, options, undefined);
}

/**
 * prom-client has a Pushgateway client too, but that cannot send a job or grouping value with a "/", takes no `HOST:PORT`
 * and has no timeout.
 */
async function send(method: string, address: string, options: PushOptions, body: string | undefined): Promise<void> {
  const { url, authorization } = splitUserinfo(groupUrl(address, options));
  const signal = AbortSignal.timeout(options.timeoutMillis ?? 10_000);
  const headers = { "Content-Type": "text/plain; version=0.0.4; charset=utf-8", ...authorization };
  let response: globalThis.Response;
  let text: string;
  try {
    response = await fetch(url, { method, signal, headers, ...(body === undefined ? {} : { body }) });
    text = await response.text();
  } catch (error) {
    const { cause, message } = error as Error;
    throw new Error(
      `the Pushgateway at ${url.host} did not answer: ${cause instanceof Error ? cause.message : message}`,
      { cause: error },
    );
  }
  if (!response.ok) {
    throw new Error(
      `the Pushgateway at ${url.host} refused the push with ${response.status}: ${text.trim().slice(0, 500)}`,
    );
  }
}

/** The group's address: https://github.com/prometheus/pushgateway#url */
function groupUrl(address: string, { job, grouping = {} }: PushOptions): URL {
  if (typeof job !== "string" || job === "") throw new TypeError("a push needs the name of its job");
  for (const [name, value] of Object.entries(grouping)) {
    if (name === "job") throw new TypeError(`job ${job}: its grouping has a label "job" of its own: leave it out`);
    if (typeof value !== "string") throw new TypeError(`job ${job}: the value of label ${name} must be a text`);
  }
  const text = /^https?:\/\//.test(address) ? address : `http://${address}`;
  if (!URL.canParse(text)) throw new TypeError(`${JSON.stringify(address)} is neither HOST:PORT nor a URL`);
  const labels = Object.entries({ job, ...grouping }).map(([name, value]) => labelPath(name, value));
  return new URL(`${text.replace(/\/+$/, "")}/metrics/${labels.join("/")}`);
}

/** `fetch` takes no password in an address, and its message would show it. */
function splitUserinfo(given: URL): { readonly url: URL; readonly authorization: Readonly<Record<string, string>> } {
  const url = new URL(given);
  [url.username, url.password] = ["", ""];
  if (given.username === "" && given.password === "") return { url, authorization: {} };
  const userinfo = `${decodeURIComponent(given.username)}:${decodeURIComponent(given.password)}`;
  return { url, authorization: { Authorization: `Basic ${Buffer.from(userinfo).toString("base64")}` } };
}

/** A value that a path would change (a "/", a dot alone, a space) is sent in base64; an empty one is a single "=". */
function labelPath(name: string, value: string): string {
  if (value === "") return `${name}@base64/=`;
  if (/^\w[\w.-]*$/.test(value)) return `${name}/${value}`;
  return `${name}@base64/${Buffer.from(value).toString("base64url")}`;
}
