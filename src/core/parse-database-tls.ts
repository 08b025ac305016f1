import { X509Certificate } from "node:crypto";
import { AppError, readMessage } from "./errors.ts";

/** How a connection is encrypted, as the driver takes it: https://nodejs.org/api/tls.html#tlsconnectoptions-callback */
export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized: boolean;
  readonly checkServerIdentity?: () => undefined;
}

/** A PostgreSQL URL without its TLS parameters, and what they mean. `ssl: undefined`: none were given, TLS is off. */
export interface SecuredUrl {
  readonly url: string;
  readonly ssl: false | TlsOptions | undefined;
}

/** Returns the text of a file. Throws where it cannot be read. */
export type ReadText = (file: string) => string;

/** Parameters that are removed from the URL: the driver would read them too, and its reading changes with its version. */
const parameters = ["sslmode", "sslrootcert", "sslcert", "sslkey", "ssl", "uselibpqcompat"] as const;

const modes = ["disable", "require", "verify-ca", "verify-full"] as const;
type Mode = (typeof modes)[number];

/** Further spellings that the driver accepts. */
const spellings: Readonly<Record<string, Mode>> = {
  "no-verify": "require",
  true: "verify-full",
  "1": "verify-full",
  false: "disable",
  "0": "disable",
};

/**
 * Reads `sslmode`, `sslrootcert`, `sslcert` and `sslkey` as libpq does, except that the modes which fall back to no encryption
 * (`allow`, `prefer`) are refused: https://www.postgresql.org/docs/current/libpq-ssl.html
 * Throws `config` with a message that can follow the name of the setting.
 */
export function parseDatabaseTls(databaseUrl: string, readText: ReadText): SecuredUrl {
  const url = new URL(databaseUrl);
  const getParameter = (name: (typeof parameters)[number]) => url.searchParams.get(name) ?? undefined;
  if (parameters.every((name) => getParameter(name) === undefined)) return { url: databaseUrl, ssl: undefined };
  const [root, cert, key] = [getParameter("sslrootcert"), getParameter("sslcert"), getParameter("sslkey")];
  const mode = parseMode(getParameter("sslmode") ?? getParameter("ssl"), root);
  const files = {
    ...(root === undefined || root === "system" ? {} : { ca: readCertificates("sslrootcert", root, readText) }),
    ...(cert === undefined ? {} : { cert: readCertificates("sslcert", cert, readText) }),
    ...(key === undefined ? {} : { key: readParameter("sslkey", key, readText) }),
  };
  for (const name of parameters) url.searchParams.delete(name);
  return { url: url.href, ssl: mode === "disable" ? false : { ...files, ...toChecks(mode, root) } };
}

function parseMode(text: string | undefined, root: string | undefined): Mode {
  // A CA or a certificate without a mode asks for full verification.
  if (text === undefined) return "verify-full";
  if (text === "allow" || text === "prefer")
    throw createFault(
      `sslmode=${text} may fall back to no encryption without notice: use require, verify-ca, verify-full or disable`,
    );
  const mode = modes.find((one) => one === text) ?? spellings[text];
  if (mode === undefined) throw createFault(`sslmode must be one of ${modes.join(", ")}`);
  if (mode === "disable" && root !== undefined)
    throw createFault("sslmode=disable and a CA file contradict each other");
  if (mode === "verify-ca" && (root === undefined || root === "system"))
    throw createFault("sslmode=verify-ca needs the file of a CA: sslrootcert=<file>");
  return mode;
}

/** `require` encrypts without checking the server's certificate, unless there is a CA: then it is `verify-ca`. */
function toChecks(mode: Mode, root: string | undefined): TlsOptions {
  if (mode === "verify-full" || root === "system") return { rejectUnauthorized: true };
  if (root === undefined) return { rejectUnauthorized: false };
  return { rejectUnauthorized: true, checkServerIdentity: () => undefined };
}

function readCertificates(parameter: string, file: string, readText: ReadText): string {
  const text = readParameter(parameter, file, readText);
  if (isCertificate(text)) return text;
  throw createFault(`${parameter}: ${file} holds no certificate in PEM form`);
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).subject !== undefined;
  } catch {
    return false;
  }
}

function readParameter(parameter: string, file: string, readText: ReadText): string {
  try {
    return readText(file);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : readMessage(error);
    throw createFault(`${parameter}: ${file} cannot be read: ${code}`);
  }
}

function createFault(message: string): AppError {
  return new AppError("config", message);
}
