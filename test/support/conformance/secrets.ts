import { createHmac } from "node:crypto";
import type { Adapter, RawRequest } from "../../../src/core/adapter.ts";
import type { Check, Fixture } from "./check.ts";

interface Held {
  readonly fixture: Fixture;
  readonly secret: string;
}

/** Which fixture was sent with which secret. */
async function held(adapter: Adapter, own: readonly Fixture[], secrets: readonly string[]): Promise<Held[]> {
  const pairs = own.flatMap((fixture) => secrets.map((secret) => ({ fixture, secret })));
  const fits = await Promise.all(pairs.map(async ({ fixture, secret }) => adapter.verify(fixture.request, [secret])));
  return pairs.filter((_, i) => fits[i]);
}

/** What a sender does not hold who holds `secret`. */
function wrongOnes(secret: string): string[] {
  const middle = Math.floor(secret.length / 2);
  const changed = secret[middle] === "A" ? "B" : "A";
  return [`x${secret}`, secret.slice(0, middle) + changed + secret.slice(middle + 1), secret.slice(0, middle), " "];
}

export const everySecret: Check = async (adapter, { own, secrets }) => {
  const pairs = await held(adapter, own, secrets);
  const idle = secrets.filter((secret) => !pairs.some((pair) => pair.secret === secret));
  const problems = idle.map((secret) => `no fixture is taken with the secret ${secret} alone`);
  for (const { fixture, secret } of pairs) {
    const { name, request } = fixture;
    const wrong = wrongOnes(secret);
    for (const several of [
      [...wrong, secret],
      [secret, ...wrong],
      ["another", secret, "and another"],
    ]) {
      if (!adapter.mayVerify(request, several)) problems.push(`${name}: is refused before its body is read`);
      if (!(await adapter.verify(request, several)))
        problems.push(`${name}: is refused if its secret is one of several`);
    }
    for (const others of [wrong, ["another"], secrets.filter((other) => !fitsToo(pairs, fixture, other))]) {
      if (await adapter.verify(request, others)) problems.push(`${name}: is taken with another secret`);
    }
  }
  return problems;
};

function fitsToo(pairs: readonly Held[], fixture: Fixture, secret: string): boolean {
  return pairs.some((pair) => pair.fixture === fixture && pair.secret === secret);
}

/** Secrets that are none; the last is an empty key of Standard Webhooks. */
const nothing: readonly (readonly string[])[] = [[], [""], ["whsec_"]];

export const nothingForNothing: Check = async (adapter, { own, secrets }) => {
  const problems: string[] = [];
  const refused = async (what: string, request: RawRequest, given: readonly string[]) => {
    if (await adapter.verify(request, given)) problems.push(`${what} is taken`);
  };
  for (const { name, request } of own) {
    const bare = { ...request, headers: {}, query: new URLSearchParams() };
    for (const given of [secrets, ...nothing]) await refused(`${name}: a request without any credentials`, bare, given);
    if (adapter.mayVerify(bare, secrets)) problems.push(`${name}: the body is read though nothing can prove it`);
    for (const given of nothing) await refused(`${name}: the secret against ${JSON.stringify(given)}`, request, given);
    for (const empty of emptyHanded(request)) {
      for (const given of [["", ...secrets], ...nothing]) await refused(`${name}: an empty secret`, empty, given);
    }
  }
  return [...new Set(problems)];
};

/** All that can be sent with only the empty secret: as it is, by the usual schemes, as the key of a signature. */
function emptyHanded(request: RawRequest): RawRequest[] {
  const { headers, body } = request;
  const hmac = (content: string | Uint8Array, as: "hex" | "base64") =>
    createHmac("sha256", "").update(content).digest(as);
  const standard = Buffer.concat([
    Buffer.from(`${headers["webhook-id"] ?? ""}.${headers["webhook-timestamp"] ?? ""}.`),
    body,
  ]);
  const values = [
    "",
    "Bearer",
    "Bearer ",
    "Basic ",
    "Basic Og==",
    `sha256=${hmac(body, "hex")}`,
    `v1,${hmac(standard, "base64")}`,
  ];
  const names = Object.keys({ ...headers, authorization: "" });
  const query = new URLSearchParams({ token: "" });
  const one = names.flatMap((name) =>
    values.map((value) => ({ ...request, query, headers: { ...headers, [name]: value } })),
  );
  const all = values.map((value) => ({
    ...request,
    query,
    headers: Object.fromEntries(names.map((name) => [name, value])),
  }));
  // A header of the genuine request may still hold its secret: those are not empty-handed.
  const without = (bare: RawRequest) => ({ ...bare, headers: stripped(bare.headers, headers) });
  return [...one.map(without), ...all];
}

/** Only the changed header, and those by which a request is read and signed, never one that may hold a secret. */
function stripped(changed: RawRequest["headers"], genuine: RawRequest["headers"]): RawRequest["headers"] {
  const harmless = /^(content-type|ce-.*|webhook-(id|timestamp)|x-[a-z]+-event)$/;
  return Object.fromEntries(
    Object.entries(changed).filter(([name, value]) => value !== genuine[name] || harmless.test(name)),
  );
}
