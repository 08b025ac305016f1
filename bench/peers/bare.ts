import { createServer } from "node:http";

/**
 * The least that a webhook receiver in Node can do: read the body, parse it, answer without a body. What Pipegauge reaches of this
 * server's rate is the price of everything it does with a delivery. `PORT` tells where to listen.
 */
createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    if (request.method !== "POST") {
      response.writeHead(200).end();
      return;
    }
    JSON.parse(Buffer.concat(chunks).toString());
    response.writeHead(202).end();
  });
}).listen(Number(process.env["PORT"]), "127.0.0.1");
