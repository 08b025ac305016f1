import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it came in. */
export interface Seen {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** The body, where it is JSON. */
  readonly json: Readonly<Record<string, unknown>>;
}

export interface Reply {
  readonly status: number;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Peer {
  /** Of the server, without a slash at the end. */
  readonly url: string;
  readonly seen: readonly Seen[];
  close(): Promise<void>;
}

/** An HTTP server on a free port of 127.0.0.1 that answers like somebody else's API. */
export async function startPeer(answer: (request: Seen) => Reply | Promise<Reply>): Promise<Peer> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => void handle(request, response));
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const json = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    const one: Seen = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, json };
    seen.push(one);
    const { status, json: body, headers = {} } = await answer(one);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(body === undefined ? "" : JSON.stringify(body));
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What was changed or sent, in one line each; reads are left out. */
export function changesSeen({ seen }: Peer): string[] {
  return seen.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
}
