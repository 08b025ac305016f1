import { decodeJson } from "../../../src/adapters/json.ts";
import { withoutJsonEmails } from "../../../src/adapters/redact.ts";
import { createChecker, objectSchema } from "../../../src/adapters/schema.ts";
import { isOneOf } from "../../../src/adapters/signature.ts";
import { parseTime } from "../../../src/adapters/time.ts";
import type { Adapter, Parsed, RawRequest } from "../../../src/core/adapter.ts";
import type { Fixtures } from "./check.ts";
import { parseHttp } from "../payloads/http-file.ts";

interface Turn {
  readonly id: string;
  readonly bench: string;
  readonly word: string;
  readonly ended: string;
}

const text = { type: "string", minLength: 1 } as const;
const check = createChecker<Turn>(objectSchema({ id: text, bench: text, word: text, ended: text }, {}));

/** An invented provider that reports a turn on a lathe once it has ended: as little as an adapter can be. */
export const toy: Adapter<"toy"> = {
  name: "toy",
  deliveryKey: ({ headers }) => headers["x-toy-delivery"] || undefined,
  verify: ({ headers }, secrets) => isOneOf(headers["x-toy-secret"], secrets),
  mayVerify: ({ headers }, secrets) => isOneOf(headers["x-toy-secret"], secrets),
  explainRefusal: () => "X-Toy-Secret is missing or wrong",
  parse: parseTurn,
  redact: withoutJsonEmails,
};

function parseTurn({ headers, body }: RawRequest, source: string): Parsed {
  if (headers["x-toy-delivery"] === undefined) return { kind: "ignored", reason: "a toy numbers its deliveries" };
  const decoded = decodeJson(body);
  if (!decoded.ok) return { kind: "invalid", problems: decoded.problems };
  const turn = check(decoded.value);
  if (!turn.ok) return { kind: "invalid", problems: turn.problems };
  const { id, bench, word, ended } = turn.value;
  const finishedAt = parseTime(ended);
  if (finishedAt === undefined) return { kind: "invalid", problems: ["ended is not a time"] };
  const result = word === "smooth" ? "success" : "failure";
  const facts = { project: bench, pipeline: bench, nativeStatus: word, state: "finished", result, finishedAt } as const;
  const version = { epoch: 0, clock: finishedAt, rank: 1 };
  return { kind: "observed", observations: [{ provider: "toy", source, run: id, version, completion: id, facts }] };
}

const smooth = '{"id":"t-1","bench":"north","word":"smooth","ended":"2026-11-20T10:00:00Z","by":"robin@example.com"}';

export const toyFixtures: Omit<Fixtures, "foreign"> = {
  secrets: ["oak-and-brass", "brass-and-oak"],
  own: [
    fixture("smooth", "X-Toy-Secret: oak-and-brass\nX-Toy-Delivery: d-1", smooth),
    fixture("not numbered", "X-Toy-Secret: brass-and-oak", smooth),
    fixture("cut", "X-Toy-Secret: tin\nX-Toy-Delivery: d-2", smooth.slice(0, 40)),
  ],
};

function fixture(name: string, headers: string, body: string) {
  const { request } = parseHttp(Buffer.from(`POST /webhooks/toy HTTP/1.1\n${headers}\n\n${body}\n`));
  return { name, request };
}
