import { resolve } from "node:path";
import { fail, succeed, type Result } from "../core/result.ts";
import { tlsProblem } from "../core/store/db/tls.ts";

const caVariable = "PIPEGAUGE_DATABASE_CA_FILE";

/** A database URL that names the CA file, if there is one, and that TLS can be had with. */
export function withCaFile(databaseUrl: string, caFile: string | undefined): Result<string> {
  if (databaseUrl.startsWith("sqlite:")) return succeed(databaseUrl);
  const url = new URL(databaseUrl);
  if (caFile !== undefined) {
    if (url.searchParams.has("sslrootcert"))
      return fail(`the URL has an sslrootcert, and ${caVariable} is set: remove one of them`);
    url.searchParams.set("sslrootcert", resolve(caFile));
  }
  const secured = caFile === undefined ? databaseUrl : url.href;
  const problem = tlsProblem(secured);
  return problem === undefined ? succeed(secured) : fail(problem);
}

/** The same for the settings; faults name the setting. */
export function securedDatabaseUrl(
  { databaseUrl, databaseCaFile }: { readonly databaseUrl: string; readonly databaseCaFile: string | undefined },
  faults: string[],
): string {
  if (databaseCaFile !== undefined && databaseUrl.startsWith("sqlite:")) {
    faults.push(`${caVariable} is set, but the database is a SQLite file: there is nothing to encrypt`);
  }
  const secured = withCaFile(databaseUrl, databaseCaFile);
  if (secured.ok) return secured.value;
  faults.push(`the database URL cannot be used: ${secured.problems.join("; ")}`);
  return databaseUrl;
}
