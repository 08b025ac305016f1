const secretParameter = /pass|secret|token|key/i;

/** A database URL without its password, wherever the password stands. `databaseUrl` is a valid one. */
export function maskUrl(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl) || databaseUrl.startsWith("sqlite:")) return databaseUrl;
  const url = new URL(databaseUrl);
  if (url.password !== "") url.password = "***";
  for (const name of new Set(url.searchParams.keys())) {
    if (secretParameter.test(name)) url.searchParams.set(name, "***");
  }
  return url.href;
}
