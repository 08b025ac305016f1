/** Whose webhook it is. */
export interface Target {
  readonly kind: "project" | "group" | "org";
  /** `group/project`, `owner/repository`, or a number that the provider gave it. */
  readonly path: string;
}

/** What a webhook has to be, whichever provider it is at. */
export interface WantedHook {
  /** Where deliveries go: see `createDeliveryUrl`. */
  readonly url: string;
  /** Where they went before, if the server has moved. */
  readonly formerUrl: string | undefined;
  /** Those of the source, the newest first. None: it accepts deliveries from anyone. */
  readonly secrets: readonly string[];
  /** Whether events of single jobs are sent, besides those of runs. */
  readonly jobs: boolean;
}

/** What `pipegauge hooks` was asked to do. */
export interface SetupRequest {
  readonly target: Target;
  readonly wanted: WantedHook;
  /** Change nothing, only print what would be done. */
  readonly dryRun: boolean;
  /** One line for the person at the terminal. */
  readonly say: (line: string) => void;
  /** Waits between two polls. */
  readonly pause: () => Promise<unknown>;
}

/** Where a source takes deliveries: `<base>/webhooks/<source>`. The base may have a path, as behind a proxy. */
export function createDeliveryUrl(base: URL, source: string): string {
  return `${base.origin}${base.pathname.replace(/\/+$/, "")}/webhooks/${source}`;
}

/** True for two spellings of one place: scheme, query and a slash at the end do not matter. False for what is no URL. */
export function isSamePlace(one: string, other: string): boolean {
  const place = normaliseUrl(one);
  return place !== undefined && place === normaliseUrl(other);
}

function normaliseUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { host, pathname } = new URL(text);
  return `${host}${pathname.replace(/\/+$/, "")}`;
}

/** The webhooks that lead to where deliveries go, or went; the one that is spelled right first. */
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
