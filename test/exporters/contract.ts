/** What `GET /metrics/<exporter>` has to answer, for a server at any address that knows the exporters of ./world.ts. */
export interface Contract {
  readonly request: string;
  readonly method?: string;
  readonly status: number;
  /** The whole body, or a pattern of it. */
  readonly body: string | RegExp;
  readonly type: string;
}

const text = "text/plain; charset=utf-8";
const metrics = "text/plain; version=0.0.4; charset=utf-8";
const json = "application/json; charset=utf-8";
const notFound = { status: 404, body: "Exporter not found.\n", type: text };

export const contract: readonly Contract[] = [
  { request: "fine", status: 200, body: "# TYPE fine gauge\nfine 1\n", type: metrics },
  { request: "fine/", status: 200, body: "# TYPE fine gauge\nfine 1\n", type: metrics },
  { request: "printed", status: 200, body: "printed 1\n", type: metrics },
  { request: "nested", status: 200, body: "", type: metrics },
  { request: "own?--a=b c", status: 200, body: /^own_words\{words="--a b c"\} 2$/m, type: metrics },
  {
    request: "echoed?--target=core-sw01",
    status: 200,
    body: /text="--"\} 1\n.*text="--target"\} 1\n.*text="core-sw01"\} 1\n/,
    type: metrics,
  },
  {
    request: "echoed?b=2&a&b=$(id);ü",
    status: 200,
    body: /"--".*\n.*"b".*\n.*"2".*\n.*"a".*\n.*"b".*\n.*"\$\(id\);ü"/,
    type: metrics,
  },
  {
    request: "fine?--output-filename=owned.txt",
    status: 400,
    body: /takes no argument "--output-filename"/,
    type: text,
  },
  { request: "fine?--exporter=dummy", status: 400, body: /takes no argument "--exporter"/, type: text },
  { request: "fine?--pushgateway-address=127.0.0.1:1", status: 400, body: /takes no argument/, type: text },
  { request: "echoed?x=%00", status: 400, body: /NUL/, type: text },
  { request: "nosuch", ...notFound },
  { request: "exporter", ...notFound },
  { request: "..%2Ffine", ...notFound },
  { request: "fine.sh", ...notFound },
  { request: "fine;touch${IFS}owned", ...notFound },
  { request: "nosuch$(touch owned)", ...notFound },
  { request: "fine%00", ...notFound },
  { request: "unloadable", status: 500, body: /Cannot find module .*missing\.js/, type: text },
  { request: "thrower", status: 500, body: /^Error: the switch is away/, type: text },
  { request: "wrong", status: 500, body: /wrong\.js does not export a function gatherMetrics/, type: text },
  { request: "boom", status: 500, body: "no route to host\n", type: text },
  { request: "silent", status: 500, body: "exporter silent ended with status 3\n", type: text },
  { request: "status255", status: 500, body: "exporter status255 ended with status 255\n", type: text },
  { request: "killed", status: 500, body: "exporter killed was ended by signal 9\n", type: text },
  { request: "absent", status: 500, body: /^exporter absent cannot be started: .*ENOENT/, type: text },
  {
    request: "broken",
    status: 502,
    body: 'exporter broken, line 2 of its metrics: "metrics" is no number\n',
    type: text,
  },
  { request: "fileless", status: 502, body: "exporter fileless ended well, but wrote no metrics file\n", type: text },
  { request: "fine", method: "HEAD", status: 405, body: "", type: json },
  { request: "fine", method: "POST", status: 405, body: /"error"/, type: json },
];
