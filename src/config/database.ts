import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readMessage } from "../core/errors.ts";
import { parseDatabaseTls } from "../core/parse-database-tls.ts";
import { fail, succeed, type Result } from "../core/result.ts";

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
  const problem = findTlsProblem(secured);
  return problem === undefined ? succeed(secured) : fail(problem);
}

/** What is wrong with the TLS parameters of a PostgreSQL URL, or with the files that they name. */
export function findTlsProblem(databaseUrl: string): string | undefined {
  try {
    parseDatabaseTls(databaseUrl, (file) => readFileSync(file, "utf8"));
    return undefined;
  } catch (error) {
    return readMessage(error);
  }
}

/** The same for the settings; faults name the setting. */
export function secureDatabaseUrl(
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
