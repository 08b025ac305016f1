import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Files in PEM form. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** A CA of one's own and a server's certificate by it, valid for `names` (`DNS:…`, `IP:…`) and for a day. */
export function makeCertificates(folder: string, name: string, names: readonly string[]): Certificates {
  const file = (suffix: string) => join(folder, `${name}.${suffix}`);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-days",
    "1",
    "-subj",
    `/CN=${name} CA`,
    "-keyout",
    file("ca.key"),
    "-out",
    file("ca.crt"),
  );
  openssl("req", ...newKey, "-subj", `/CN=${name}`, "-keyout", file("key"), "-out", file("csr"));
  writeFileSync(file("ext"), `subjectAltName=${names.join(",")}\n`);
  const signed = ["-CA", file("ca.crt"), "-CAkey", file("ca.key"), "-CAcreateserial", "-extfile", file("ext")];
  openssl("x509", "-req", "-in", file("csr"), ...signed, "-days", "1", "-out", file("crt"));
  return { ca: file("ca.crt"), cert: file("crt"), key: file("key") };
}
