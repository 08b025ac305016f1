import { expect } from "chai";
import { createHmac, hkdfSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { testServers, type Headers, type TestServer } from "../support/server/server.ts";
import { until } from "../support/wait.ts";

const token = "the-token-of-the-page";
const env = { PIPEGAUGE_API_TOKEN: token };
const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

/** Sends a form as a browser does, by plain HTTP from another host. */
function post(server: TestServer, path: string, fields: Headers, headers: Headers = {}) {
  return server.request(path, {
    method: "POST",
    redirect: "manual",
    headers: { ...browser, origin: server.url, ...headers },
    body: new URLSearchParams(fields),
  });
}

async function signIn(
  server: TestServer,
  headers: Headers = {},
  to = "",
): Promise<{ cookie: string; set: string; location: string | null }> {
  const answer = await post(server, "/ui/login", { token, to }, headers);
  expect(answer.status).to.equal(303);
  const set = answer.headers.get("set-cookie") ?? "";
  return { cookie: set.split(";", 1)[0] ?? "", set, location: answer.headers.get("location") };
}

/** The cookie of a session that ends at this second, made with the token as the server makes it. */
function forge(name: string, end: number): string {
  const key = Buffer.from(hkdfSync("sha256", token, "", "pipegauge session", 32));
  return `${name}=${end}.${createHmac("sha256", key).update(String(end)).digest("base64url")}`;
}

describe("signing in", () => {
  const start = testServers();
  const folder = freshFolder();

  it("is a form where a browser comes, without the browser's own window for a password", async () => {
    const server = await start({ env });

    const { status, headers, text } = await server.request("/ui/runs?project=a%2Fb", { headers: browser });

    expect([status, headers.get("www-authenticate")]).to.deep.equal([401, "Bearer"]);
    expect(text).to.include('<form method="post" action="login">').and.include('name="to" value="runs?project=a%2Fb"');
    expect((await server.request("/ui/runs/7", { headers: browser })).text).to.include('action="../login"');
    expect((await server.request("/ui/login")).text).to.include('type="password"');
  });

  it("leaves programs what they got: problem details and both challenges", async () => {
    const server = await start({ env });

    for (const path of ["/ui/runs", "/api/v1/runs"]) {
      const { headers, json } = await server.request(path);
      expect(headers.get("content-type")).to.match(/^application\/problem\+json/);
      expect(headers.get("www-authenticate")).to.equal('Bearer, Basic realm="Pipegauge", charset="UTF-8"');
      expect(json["status"]).to.equal(401);
    }
  });

  it("opens the page and the API with a cookie that scripts and other sites cannot use, and goes where one wanted to", async () => {
    const server = await start({ env });

    const { cookie, set, location } = await signIn(server, {}, "runs?project=a%2Fb");

    expect(location).to.equal("./runs?project=a%2Fb");
    expect(set).to.match(/^pipegauge_session_\d+=\d+\.[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/);
    expect(set).to.not.include(token);
    for (const path of ["/ui/", "/api/v1/status"])
      expect((await server.request(path, { headers: { cookie } })).status).to.equal(200);
    expect((await server.request("/ui/", { headers: { cookie } })).text).to.include("Sign out");
    const overHttps = await signIn(server, { "x-forwarded-proto": "https" });
    expect(overHttps.set).to.match(/; Secure$/);
  });

  it("ends with a sign-out, after its time, with another token, and by any change of the cookie", async () => {
    const file = join(folder(), "token");
    writeFileSync(file, token);
    const server = await start({ env: { PIPEGAUGE_API_TOKEN_FILE: file } });
    const { cookie } = await signIn(server);
    const status = async (value: string) => (await server.request("/ui/", { headers: { cookie: value } })).status;
    const [name = "", end = "", signature = ""] = cookie.split(/[=.]/);
    const now = Math.floor(Date.now() / 1000);
    expect(await status(forge(name, now + 60)), "before its end").to.equal(200);
    const forged = [
      forge(name, now - 1),
      `${name}=${Number(end) + 1}.${signature}`,
      `${name}=1.${signature}`,
      `${name}=${end}.`,
      `${name}=${end}.${signature}x`,
      `${name}=${end}.${"A".repeat(43)}`,
      `${name}=`,
      `${name}=%ff`,
      `pipegauge_session_1=${end}.${signature}`,
    ];
    for (const one of forged) expect(await status(one), one).to.equal(401);
    expect(await status(cookie)).to.equal(200);

    const out = await post(server, "/ui/logout", {}, { cookie });

    expect([out.status, out.headers.get("location")]).to.deep.equal([303, "./login"]);
    expect(out.headers.get("set-cookie")).to.match(new RegExp(`^${name}=; Path=/; Max-Age=0; HttpOnly`));
    writeFileSync(file, "another-token-of-the-page");
    await until(() => server.output().includes("read again"), "the new token");
    expect(await status(cookie)).to.equal(401);
  });

  it("follows no address but that of a view", async () => {
    const server = await start({ env });
    const foreign = [
      "https://evil.example.com/",
      "//evil.example.com/",
      "/\\evil.example.com",
      "\\\\evil.example.com",
      "javascript:alert(1)",
      "../api/v1/runs",
      "%2e%2e/api/v1/runs",
      "a\r\nSet-Cookie: x=y",
      "login",
    ];

    for (const to of foreign) expect((await signIn(server, {}, to)).location, to).to.equal("./");
    expect((await signIn(server, {}, "runs/7?a=//b")).location).to.equal("./runs/7?a=//b");
  });

  it("refuses a wrong token, also too many of them, and writes none into the log", async () => {
    const server = await start({ env });

    const wrong = await post(server, "/ui/login", { token: "canary-guess", to: "runs" });

    expect([wrong.status, wrong.headers.get("set-cookie")]).to.deep.equal([401, null]);
    expect(wrong.text).to.include("not a token of PIPEGAUGE_API_TOKEN").and.include('value="runs"');
    expect(wrong.text).to.not.include("canary");
    const statuses = new Set<number>();
    for (let i = 0; i < 130; i++) statuses.add((await post(server, "/ui/login", { token: "canary-guess" })).status);
    expect([...statuses]).to.deep.equal([401, 429]);
    expect(server.output()).to.not.include("canary").and.not.include(token);
  });

  it("takes forms of its own page alone", async () => {
    const server = await start({ env });
    const own = { "x-forwarded-host": "ci.example.com", origin: "https://ci.example.com" };
    const cases: readonly (readonly [Headers, number])[] = [
      [{ origin: "https://evil.example.com" }, 403],
      [{ origin: "null" }, 403],
      [{ origin: "" }, 403],
      [{ origin: server.url, "sec-fetch-site": "cross-site" }, 403],
      [{ origin: server.url, "sec-fetch-site": "same-site" }, 403],
      [{ origin: server.url, "content-type": "text/plain" }, 415],
      [{ origin: "https://evil.example.com", "sec-fetch-site": "same-origin" }, 303],
      [own, 303],
      [{ ...own, "x-forwarded-host": "ci.example.com:443, inner" }, 303],
    ];

    for (const [headers, status] of cases)
      expect((await post(server, "/ui/login", { token }, headers)).status, JSON.stringify(headers)).to.equal(status);
    const long = await post(server, "/ui/login", { token: "a".repeat(20_000) });
    expect(long.status).to.equal(413);
  });
});
