/** Reads the host of a URL, with its port. */
export function readHost(url: string | null | undefined): string | undefined {
  return /^https?:\/\/([\w.:[\]-]+)(?:[/?#]|$)/i.exec(url ?? "")?.[1]?.toLowerCase();
}
