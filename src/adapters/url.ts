/** The address if a browser may open it: what a sender writes ends up as a link on our page. */
export function toHttpUrl(url: string | null | undefined): string | undefined {
  return url && /^https?:\/\//i.test(url) ? url : undefined;
}

/** Reads the path of a URL, without the slashes around it; empty without a path. */
export function readPath(url: string | null | undefined): string {
  const address = toHttpUrl(url);
  if (address === undefined || !URL.canParse(address)) return "";
  return new URL(address).pathname.replace(/^\/+/, "").replace(/\/+$/, "");
}
