import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { freshFolder } from "../support/folder.ts";
import { builtProgram } from "../support/server/built.ts";
import { reachable, startProcess, type TestProcess } from "../support/server/server.ts";
import { until } from "../support/wait.ts";

describe("a server with a secret, and who is on its host", () => {
  const folder = freshFolder();
  const env = () => ({ PIPEGAUGE_DATABASE_URL: `sqlite:${join(folder(), "ci.db")}`, PIPEGAUGE_GITLAB_SECRET: "s" });

  /** As nginx from 1.29.7 on does with `proxy_pass` alone: HTTP/1.1, the address of the server as Host, nothing added. */
  async function proxyTo(server: TestProcess) {
    const proxy = createServer((asked, answered) => {
      const { method, url: path, headers } = asked;
      const own = { ...headers, host: `127.0.0.1:${server.port}` };
      const onward = request({ port: server.port, host: "127.0.0.1", method, path, headers: own }, (answer) => {
        answered.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(answered);
      });
      asked.pipe(onward);
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    return { ...reachable((proxy.address() as AddressInfo).port), close: () => proxy.close() };
  }

  it("refuses requests through a proxy that adds no header", async () => {
    const server = await startProcess(env());
    const proxy = await proxyTo(server);
    const post = (path: string, body: string) => proxy.request(path, { method: "POST", body });
    const run = JSON.stringify({ name: "shop", success: true });

    const answers = {
      page: await proxy.request("/"),
      api: await proxy.request("/api/v1/runs"),
      runCounter: await post("/metrics", run),
      templates: await proxy.request("/steps?project=p&name=n&status=success"),
      collector: await post("/save_metrics", "{}"),
      tekton: await proxy.deliver("tekton", {}),
    };
    const gitlab = await proxy.deliver("gitlab", { object_kind: "push" }, { "x-gitlab-token": "s" });

    for (const [what, { status }] of Object.entries(answers)) expect(status, what).to.equal(401);
    expect(gitlab.status, "who has the secret").to.equal(200);
    proxy.close();
    await server.end();
    expect(server.output()).to.include("the page and the read API refuse all requests: set PIPEGAUGE_API_TOKEN");
    expect(server.errors(), "no terminal, no link").to.equal("");
  });

  it("prints a link on a terminal, which opens the page once and leaves a cookie", async () => {
    const command = `exec ${process.execPath} ${builtProgram()} --port 0 --host 127.0.0.1`;
    // `script` gives the program a terminal: https://man7.org/linux/man-pages/man1/script.1.html
    const child = spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
      env: { PATH: process.env["PATH"] ?? "", ...env() },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    const ended = once(child, "close");
    const [, link = "", port = "", token = ""] = await until(
      () => /(http:\/\/127\.0\.0\.1:(\d+)\/ui\/\?token=([\w-]{32}))\r?\n/.exec(output) ?? undefined,
      "the link",
    );
    const server = reachable(Number(port));

    const opened = await fetch(link, { redirect: "manual" });
    const cookie = opened.headers.get("set-cookie") ?? "";
    const kept = { headers: { cookie: cookie.split(";")[0] ?? "" } };

    expect([opened.status, opened.headers.get("location"), await opened.text()]).to.deep.equal([303, "./", ""]);
    expect(cookie).to.match(new RegExp(`^pipegauge_${port}=${token}; Path=/; HttpOnly; SameSite=Strict$`));
    expect(opened.headers.get("referrer-policy")).to.equal("same-origin");
    expect(await server.request("/ui/", kept)).to.have.property("status", 200);
    expect(await server.request("/api/v1/runs", kept)).to.have.property("status", 200);
    const bearer = { headers: { authorization: `Bearer ${token}` } };
    expect(await server.request("/api/v1/runs", bearer)).to.have.property("status", 200);
    for (const other of ["", `x${token}`, token.slice(1)]) {
      const wrong = { headers: { cookie: `pipegauge_${port}=${other}` } };
      expect(await server.request("/ui/", wrong), other).to.have.property("status", 401);
      expect(await server.request(`/ui/?token=${other}`), other).to.have.property("status", 401);
    }
    expect(await server.request("/ui/")).to.have.property("status", 401);
    const lines = output.split(/\r?\n/).filter((line) => line.includes(token));
    expect(lines, "in no line but its own").to.have.length(1);
    // What Ctrl-C at that terminal sends.
    child.stdin.write("\u0003");
    await ended;
  });
});
