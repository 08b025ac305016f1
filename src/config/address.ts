/** True for an address that only this host can reach. */
export function isLoopback(host: string): boolean {
  return /^(127\.[\d.]+|::1|localhost)$/i.test(host);
}

/** The host for a URL to this server; for a server that listens to every address, the loopback address. */
export function toReachableHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
