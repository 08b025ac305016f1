import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { once } from "node:events";

/** A TCP proxy on this host, for tests to come between a client and its server. */
export interface Proxy {
  readonly port: number;
  /** Breaks all connections and refuses new ones. */
  cut(): Promise<void>;
  /** Lets connections through again, on the same port. */
  restore(): Promise<void>;
  /** Takes connections and bytes, and passes nothing on: a network that swallows. */
  swallow(): void;
  /** Resolves when a client has sent something that is swallowed. */
  awaitSwallowed(): Promise<void>;
  /** The same from the moment that a client sends this. */
  swallowAt(text: string): void;
  /**
   * At the moment when a client sends this, before the server has it: what is connected then passes no byte any more and learns of
   * no close from either side; new connections work. Resolves then.
   */
  strandAt(text: string): Promise<void>;
  /** Breaks the next connection on which the client sends this, once the server has it; its answer is lost. */
  breakAfter(text: string): void;
  close(): Promise<void>;
}

export async function startProxy(target: { readonly host: string; readonly port: number }): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const stranded = new Set<readonly [Socket, Socket]>();
  let swallowing = false;
  let swallowAt: string | undefined;
  let strandAt: { readonly text: string; readonly done: () => void } | undefined;
  let breakAt: string | undefined;
  let noteSwallowed: (() => void) | undefined;
  let server = createProxy();

  function createProxy(): Server {
    return createServer((client) => {
      const upstream = connect(target.port, target.host);
      const pair = [client, upstream] as const;
      pairs.add(pair);
      let silent = false;
      const isStranded = () => stranded.has(pair);
      client.on("data", (chunk) => {
        if (swallowAt !== undefined && chunk.includes(swallowAt)) swallowing = true;
        if (strandAt !== undefined && chunk.includes(strandAt.text)) strand();
        if (swallowing) noteSwallowed?.();
        if (swallowing || isStranded()) return;
        if (breakAt !== undefined && chunk.includes(breakAt)) {
          breakAt = undefined;
          silent = true;
        }
        upstream.write(chunk);
      });
      upstream.on("data", (chunk) => {
        // The server has answered, so it has done what was asked: now its answer is lost.
        if (silent) return close();
        if (!swallowing && !isStranded()) client.write(chunk);
      });
      const close = () => {
        if (isStranded()) return;
        pairs.delete(pair);
        for (const socket of pair) socket.destroy();
      };
      for (const socket of pair) socket.on("error", close).on("close", close);
    });
  }

  async function listen(port: number): Promise<number> {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  function strand(): void {
    for (const pair of pairs) stranded.add(pair);
    strandAt?.done();
    strandAt = undefined;
  }

  async function cut(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    stranded.clear();
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    await closed;
  }

  const port = await listen(0);
  return {
    port,
    cut,
    close: cut,
    async restore() {
      swallowing = false;
      swallowAt = undefined;
      if (server.listening) {
        for (const pair of pairs) for (const socket of pair) socket.destroy();
        return;
      }
      server = createProxy();
      await listen(port);
    },
    swallow: () => void (swallowing = true),
    awaitSwallowed: () => new Promise((resolve) => (noteSwallowed = resolve)),
    swallowAt: (text) => void (swallowAt = text),
    strandAt: (text) => new Promise((done) => (strandAt = { text, done })),
    breakAfter: (text) => void (breakAt = text),
  };
}
