/** The address if a browser may open it: what a sender writes ends up as a link on our page. */
export function httpUrl(url: string | null | undefined): string | undefined {
  return url && /^https?:\/\//i.test(url) ? url : undefined;
}
