import { expect } from "chai";
import * as fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { gitlab } from "../../src/adapters/gitlab/index.ts";
import { fixtureNow } from "../support/payloads/http-file.ts";
import { request } from "../support/payloads/gitlab.ts";

const body = Buffer.from('{"object_kind":"pipeline"}');
const secret = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;
const other = `whsec_${Buffer.alloc(32, 6).toString("base64")}`;

/** Headers as GitLab 19 sends them, signed by the reference implementation. */
function signed(secrets: readonly string[], id = "a-1", timestamp = fixtureNow / 1000, bytes = body) {
  const signatures = secrets.map((s) => new Webhook(s).sign(id, new Date(timestamp * 1000), bytes));
  return { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": signatures.join(" ") };
}

function verified(headers: Record<string, string>, secrets: readonly string[]) {
  return gitlab.verify(request(body, headers), secrets);
}

describe("gitlab adapter: signatures", () => {
  it("agree with the reference implementation for any key, id and text", () => {
    const key = fc.uint8Array({ minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(key, fc.stringMatching(/^[!-~]{1,40}$/), fc.string({ unit: "binary" }), (bytes, id, text) => {
        const token = `whsec_${Buffer.from(bytes).toString("base64")}`;
        const content = Buffer.from(text);
        const headers = signed([token], id, fixtureNow / 1000, content);
        expect(gitlab.verify(request(content, headers), [token])).to.equal(true);
        expect(gitlab.verify(request(Buffer.concat([content, Buffer.from(" ")]), headers), [token])).to.equal(false);
      }),
    );
  });

  it("are tried with every signing token", () => {
    expect(verified(signed([secret]), ["a-token", other, secret])).to.equal(true);
    expect(verified(signed([secret]), ["a-token", other])).to.equal(false);
  });

  it("may be several, of which one must be right", () => {
    const headers = signed([other, secret]);

    expect(verified(headers, [secret])).to.equal(true);
    expect(
      verified({ ...headers, "webhook-signature": `v2,x v1a,y ${headers["webhook-signature"]}` }, [secret]),
    ).to.equal(true);
    expect(
      verified({ ...headers, "webhook-signature": headers["webhook-signature"].replaceAll("v1,", "v2,") }, [secret]),
    ).to.equal(false);
  });

  it("are as old as five minutes at the most, on the clock of the arrival", () => {
    const ages = [-301, -300, 0, 300, 301];

    const verdicts = ages.map((age) => verified(signed([secret], "a-1", fixtureNow / 1000 - age), [secret]));

    expect(verdicts).to.deep.equal([false, true, true, true, false]);
  });

  it("need their id and their time", () => {
    const headers = signed([secret]);

    for (const name of ["webhook-id", "webhook-timestamp"])
      expect(verified({ ...headers, [name]: "" }, [secret])).to.equal(false);
    for (const timestamp of ["now", "1e9", "-1", " 1"]) {
      expect(verified({ ...headers, "webhook-timestamp": timestamp }, [secret])).to.equal(false);
    }
  });

  it("that are wrong are not saved by the right token, not even an empty one", () => {
    for (const signature of ["", "v1,", "v1,AAAA"]) {
      const headers = { ...signed([secret]), "webhook-signature": signature, "x-gitlab-token": "a-token" };
      expect(verified(headers, ["a-token", secret])).to.equal(false);
    }
  });

  it("are never checked with an empty key", async () => {
    const { createHmac } = await import("node:crypto");
    const headers = signed([secret]);
    const forged = createHmac("sha256", "")
      .update(`a-1.${fixtureNow / 1000}.`)
      .update(body)
      .digest("base64");

    expect(verified({ ...headers, "webhook-signature": `v1,${forged}` }, ["whsec_", "whsec_!!!", ""])).to.equal(false);
  });

  it("cover bytes: a signed body that is no text is authentic", async () => {
    const { createHmac } = await import("node:crypto");
    const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    const digest = createHmac("sha256", Buffer.alloc(32, 5))
      .update(`a-1.${fixtureNow / 1000}.`)
      .update(bytes)
      .digest("base64");
    const headers = { ...signed([secret]), "webhook-signature": `v1,${digest}` };

    expect(gitlab.verify(request(bytes, headers), [secret])).to.equal(true);
  });
});

describe("gitlab adapter: secret tokens", () => {
  it("are compared with every secret, and an empty one proves nothing", () => {
    expect(verified({ "x-gitlab-token": "second" }, ["first", "second"])).to.equal(true);
    expect(verified({ "x-gitlab-token": "third" }, ["first", "second"])).to.equal(false);
    expect(verified({ "x-gitlab-token": "" }, [""])).to.equal(false);
    expect(verified({}, ["first"])).to.equal(false);
    expect(verified({ "x-gitlab-token": "first" }, [])).to.equal(false);
  });
});

describe("gitlab adapter: delivery keys", () => {
  it("are the keys that survive a resend, and nothing else", () => {
    const uuids = { "x-gitlab-event-uuid": "e", "x-gitlab-webhook-uuid": "w" };
    const key = (headers: Record<string, string>) => gitlab.deliveryKey(request(body, headers));

    expect(key({ ...uuids, "webhook-id": "a", "idempotency-key": "b" })).to.equal("a");
    expect(key({ ...uuids, "idempotency-key": "b" })).to.equal("b");
    expect(key({ ...uuids, "webhook-id": "", "idempotency-key": "" })).to.equal(undefined);
    expect(key(uuids)).to.equal(undefined);
  });
});
