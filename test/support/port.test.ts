import { expect } from "chai";
import { once } from "node:events";
import { createServer } from "node:net";
import { freePort } from "./port.ts";

describe("a free port", () => {
  it("can be listened on, and is none of those that others are given by chance", async () => {
    const servers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const port = await freePort();
        expect(port).to.be.below(32_768);
        const server = createServer().listen(port, "127.0.0.1");
        await once(server, "listening");
        return server;
      }),
    );
    for (const server of servers) server.close();
  });
});
