import { createServer } from "node:http";
import { Counter as PromCounter, Registry } from "prom-client";
import { CollectorRegistry, Counter, response, Router, startHttpServer } from "pipegauge/sdk";

/**
 * The same metrics rendered for each request by the SDK's server (`sdk`), or by prom-client behind a bare `node:http`
 * server (`bare`). `PORT` tells where to listen.
 */
const port = Number(process.env["PORT"]);
const families = Array.from({ length: 20 }, (_, i) => ({ name: `family_${i}_total`, help: `Family ${i}` }));
const branches = Array.from({ length: 10 }, (_, i) => `branch-${i}`);

if (process.argv[2] === "sdk") {
  const registry = new CollectorRegistry();
  for (const { name, help } of families) {
    const counter = new Counter(name, help, ["branch"], registry);
    for (const branch of branches) counter.labels(branch).inc(7);
  }
  const router = new Router();
  router.register("GET", "/metrics", registry.handler);
  router.register("GET", "/readyz", () => response("ok"));
  await startHttpServer(port, "127.0.0.1", router);
} else {
  const registry = new Registry();
  for (const { name, help } of families) {
    const counter = new PromCounter({ name, help, labelNames: ["branch"], registers: [registry] });
    for (const branch of branches) counter.inc({ branch }, 7);
  }
  createServer((request, answer) => {
    if (request.url === "/readyz") answer.end("ok");
    else
      void registry.metrics().then((text) => answer.writeHead(200, { "Content-Type": registry.contentType }).end(text));
  }).listen(port, "127.0.0.1");
}
