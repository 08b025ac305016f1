/** Whose webhook it is. */
export interface Target {
  readonly kind: "project" | "group" | "org";
  /** `group/project`, `owner/repository`, or a number that the provider gave it. */
  readonly path: string;
}

/** The wanted settings of a webhook, at any provider. */
export interface WantedHook {
  /** Where deliveries go: see `createDeliveryUrl`. */
  readonly url: string;
  /** Where they went before, if the server has moved. */
  readonly formerUrl: string | undefined;
  /** Those of the source, the newest first. None: it accepts deliveries from anyone. */
  readonly secrets: readonly string[];
  /** Whether events of single jobs are sent, besides those of runs. */
  readonly jobs: boolean;
  /** Whether events about code are sent: deployments, merged changes, pushes. */
  readonly code: boolean;
}

/** The request of one call of `pipegauge hooks`. */
export interface SetupRequest {
  readonly target: Target;
  readonly wanted: WantedHook;
  /** Print the changes without making them. */
  readonly dryRun: boolean;
  /** Prints one line for the user. */
  readonly print: (line: string) => void;
  /** Waits between two polls. */
  readonly pause: () => Promise<unknown>;
}

/** The URL for deliveries of a source: `<base>/webhooks/<source>`. The base may have a path, as behind a proxy. */
export function createDeliveryUrl(base: URL, source: string): string {
  return `${base.origin}${base.pathname.replace(/\/+$/, "")}/webhooks/${source}`;
}

/** True for two spellings of one address: scheme, query and a slash at the end do not matter. False for an invalid URL. */
export function isSamePlace(one: string, other: string): boolean {
  const place = normaliseUrl(one);
  return place !== undefined && place === normaliseUrl(other);
}

function normaliseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { host, pathname } = new URL(text);
  return `${host}${pathname.replace(/\/+$/, "")}`;
}

/** Finds the webhooks that send to the delivery URL, or to the former one; an exact match comes first. */
export function findOurHooks<T extends { readonly url: string }>(
  hooks: readonly T[],
  wanted: WantedHook,
): readonly T[] {
  const { url, formerUrl } = wanted;
  const ours = hooks.filter(
    (hook) => isSamePlace(hook.url, url) || (formerUrl !== undefined && isSamePlace(hook.url, formerUrl)),
  );
  return ours.toSorted((a, b) => Number(b.url === url) - Number(a.url === url));
}
