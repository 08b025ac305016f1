/** True for an address that only this host can reach. */
export function isLoopback(host: string): boolean {
  return /^(127\.[\d.]+|::1|localhost)$/i.test(host);
}

/** Where a server that listens to every address can be reached from here, as it stands in a URL. */
export function toReachableHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
