const secretParameter = /pass|secret|token|key/i;

/** Replaces the password of a valid database URL by `***`, in the authority and in parameters. */
export function maskUrl(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl) || databaseUrl.startsWith("sqlite:")) return databaseUrl;
  const url = new URL(databaseUrl);
  if (url.password !== "") url.password = "***";
  for (const name of new Set(url.searchParams.keys())) {
    if (secretParameter.test(name)) url.searchParams.set(name, "***");
  }
  return url.href;
}
