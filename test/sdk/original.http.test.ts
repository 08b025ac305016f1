import { expect } from "chai";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import {
  bindMiddleware,
  CollectorRegistry,
  errorHandler,
  Gauge,
  response,
  Router,
  startHttpServer,
} from "../../src/sdk/index.ts";

/**
 * The unit tests of prometheus_express (https://github.com/ssube/prometheus_express, tests/test_registry.py,
 * test_router.py and test_server.py), one by one under their names. Where the SDK differs on purpose, the test says how.
 */
describe("prometheus_express, test_registry.py", () => {
  it("RegistryTest.test_register", () => {
    const metric = new Gauge("foo", "foo counts");
    const registry = new CollectorRegistry();
    expect(registry.register(metric)).to.equal(true);
    expect(registry.register(metric)).to.equal(true);

    expect(registry.metrics).to.deep.equal([metric]);
  });

  it("RegistryTest.test_render", async () => {
    const registry = new CollectorRegistry();
    registry.register(new Gauge("foo", "foo counts", ["bar"]));

    // There a list of lines; here the text.
    expect(await registry.render()).to.equal("# HELP foo foo counts\n# TYPE foo gauge\n");
  });

  it("RegistryTest.test_handler", async () => {
    const registry = new CollectorRegistry();
    registry.register(new Gauge("foo", "foo counts", ["bar"]));

    expect(await registry.handler()).to.deep.equal({
      status: 200,
      content: "# HELP foo foo counts\n# TYPE foo gauge\n",
      type: "text/plain; version=0.0.4; charset=utf-8",
    });
  });
});

const empty = () => response("");

describe("prometheus_express, test_router.py", () => {
  it("ErrorTest.test", async () => {
    expect((await errorHandler({}, "")).status).to.equal("404 Not Found");
  });

  it("RouterTest.test_missing", () => {
    const router = new Router();
    router.register("GET", "/foo", empty);

    expect(router.select("GET", "/bar")).to.equal(errorHandler);
  });

  it("RouterTest.test_match", () => {
    const router = new Router();
    router.register("GET", "/foo", empty);

    expect(router.select("GET", "/foo")).to.equal(empty);
  });

  it("RouterTest.test_register", () => {
    const router = new Router();
    router.register("GET", "/foo", empty);

    expect(router.size).to.equal(1);
  });

  it("RouterTest.test_contains", () => {
    const router = new Router();
    router.register("GET", "/foo", empty);

    expect(router.has("GET", "/foo")).to.equal(true);
    expect(router.has("POST", "/foo")).to.equal(false);
  });

  it("RouterTest.test_register_all", () => {
    const router = new Router();
    router.registerAll([
      ["GET", "/foo", empty],
      ["POST", "/bar", empty],
    ]);

    expect(router.size).to.equal(2);
  });

  it("RouterTest.test_iter", () => {
    const router = new Router();
    router.registerAll([
      ["GET", "/foo", empty],
      ["POST", "/bar", empty],
    ]);

    expect([...router].map(([method]) => method)).to.deep.equal(["GET", "POST"]);
  });

  it("RouterTest.test_register_numeric", () => {
    expect(() => new Router().register("GET", 123 as unknown as string, empty)).to.throw(TypeError, "path");
  });

  it("RouterTest.test_register_invalid", () => {
    expect(() => new Router().register("GET", "/", "" as unknown as typeof empty)).to.throw(
      TypeError,
      "the handler of GET / must be a function",
    );
  });

  it("MiddlewareTest.test_bind", async () => {
    const called: string[] = [];
    const middleware = ["first", "second"].map((name) => () => {
      called.push(name);
      return undefined;
    });
    const bound = bindMiddleware(() => {
      called.push("handler");
      return response("foo");
    }, middleware);

    expect((await bound({}, "")).content).to.equal("foo");
    expect(called).to.deep.equal(["first", "second", "handler"]);
  });
});

describe("prometheus_express, test_server.py", () => {
  it("ServerAcceptTest.test_valid", async () => {
    const router = new Router();
    router.register("GET", "/", () => ({ content: "test body", status: 200 }));
    const server = await startHttpServer(0, "127.0.0.1", router);

    expect(await (await fetch(`http://127.0.0.1:${server.port}/`)).text()).to.equal("test body");
    await server.close();
  });

  it("ServerAcceptTest.test_missing_verb", async () => {
    // There the server's owner gets an exception; here the client gets 400, and the next request its answer.
    const router = new Router();
    router.register("GET", "/", () => response("test body"));
    const server = await startHttpServer(0, "127.0.0.1", router);

    const socket = connect(server.port, "127.0.0.1");
    socket.end("HTTP/1.1\r\ntest body");
    expect(await text(socket)).to.match(/^HTTP\/1\.1 400 /);
    expect(await (await fetch(`http://127.0.0.1:${server.port}/`)).text()).to.equal("test body");
    await server.close();
  });
});
