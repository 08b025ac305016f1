import { expect } from "chai";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { findTlsProblem, withCaFile } from "../../src/config/database.ts";
import { parseDatabaseTls } from "../../src/core/parse-database-tls.ts";
import { listFaults } from "../support/faults.ts";
import { freshFolder } from "../support/folder.ts";

const base = "postgres://ci:p%40ss@db.example.com:6432/ci";

describe("what a PostgreSQL URL says of TLS", () => {
  const folder = freshFolder();
  const [pem = ""] = rootCertificates;
  const parse = (url: string) => parseDatabaseTls(url, (file) => readFileSync(file, "utf8"));

  function caFile(): string {
    const file = join(folder(), "ca.pem");
    writeFileSync(file, pem);
    return file;
  }

  it("is nothing where it says nothing: the URL stays as it is", () => {
    const url = `${base}?application_name=x%20y`;
    expect(parse(url)).to.deep.equal({ url, ssl: undefined });
  });

  it("is taken out of the URL, and nothing else is", () => {
    const { url } = parse(`${base}?application_name=x&sslmode=require&connect_timeout=3`);
    expect(url).to.equal(`${base}?application_name=x&connect_timeout=3`);
  });

  it("verifies as libpq does", () => {
    const ca = caFile();
    const checks = (query: string) => {
      const { ssl } = parse(`${base}?${query}`);
      if (ssl === undefined || ssl === false) return ssl;
      return [ssl.rejectUnauthorized, ssl.checkServerIdentity === undefined, ssl.ca !== undefined];
    };

    expect(checks("sslmode=disable")).to.equal(false);
    expect(checks("ssl=false")).to.equal(false);
    expect(checks("sslmode=require"), "anybody").to.deep.equal([false, true, false]);
    expect(checks("sslmode=no-verify")).to.deep.equal([false, true, false]);
    expect(checks(`sslmode=require&sslrootcert=${ca}`), "the CA").to.deep.equal([true, false, true]);
    expect(checks(`sslmode=verify-ca&sslrootcert=${ca}`), "the CA").to.deep.equal([true, false, true]);
    expect(checks(`sslmode=verify-full&sslrootcert=${ca}`), "the CA and the name").to.deep.equal([true, true, true]);
    expect(checks(`sslrootcert=${ca}`), "the CA and the name").to.deep.equal([true, true, true]);
    expect(checks("sslmode=verify-full"), "public CAs and the name").to.deep.equal([true, true, false]);
    expect(checks("sslmode=require&sslrootcert=system")).to.deep.equal([true, true, false]);
    expect(checks("ssl=true")).to.deep.equal([true, true, false]);
  });

  it("is refused where it would be weaker than it looks, or makes no sense", () => {
    const problems = (query: string) => findTlsProblem(`${base}?${query}`);

    expect(problems("sslmode=prefer")).to.match(/^sslmode=prefer may fall back to no encryption without notice/);
    expect(problems("sslmode=allow")).to.match(/^sslmode=allow may/);
    expect(problems("sslmode=verify-ca")).to.equal("sslmode=verify-ca needs the file of a CA: sslrootcert=<file>");
    expect(problems("sslmode=verify_full")).to.equal("sslmode must be one of disable, require, verify-ca, verify-full");
    expect(problems("sslmode=require&sslkey=/nowhere")).to.equal("sslkey: /nowhere cannot be read: ENOENT");
    expect(problems(`sslmode=disable&sslrootcert=${caFile()}`)).to.match(/contradict/);
    expect(problems("application_name=x")).to.equal(undefined);
  });

  it("gets the CA file of its setting, in the one place", () => {
    const file = caFile();

    expect(withCaFile(base, undefined)).to.deep.equal({ ok: true, value: base });
    const set = withCaFile(base, file);
    expect(set.ok && new URL(set.value).searchParams.get("sslrootcert")).to.equal(file);
    expect(withCaFile("sqlite:ci.db", file)).to.deep.equal({ ok: true, value: "sqlite:ci.db" });
    expect(withCaFile(`${base}?sslrootcert=${file}`, file)).to.have.property("ok", false);
  });

  it("is checked with the other settings, and reported with their faults", () => {
    const env = { PIPEGAUGE_DATABASE_URL: `${base}?sslmode=prefer`, PIPEGAUGE_PORT: "x" };
    const faults = listFaults(env);

    expect(faults).to.have.length(2);
    expect(faults.join("\n")).to.include("the database URL cannot be used: sslmode=prefer").and.not.include("p%40ss");
    expect(listFaults({ PIPEGAUGE_DATABASE_CA_FILE: caFile() })).to.deep.equal([
      "PIPEGAUGE_DATABASE_CA_FILE is set, but the database is a SQLite file: there is nothing to encrypt",
    ]);
    expect(listFaults({ PIPEGAUGE_DATABASE_CA_FILE_FILE: "x" })).to.have.length(1);
  });
});
