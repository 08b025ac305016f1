import { expect } from "chai";
import { readExporterCall } from "../../src/commands/exporter/parse-arguments.ts";
import { parseExporterArguments } from "../../src/exporters/parse-arguments.ts";

describe("a query as an exporter's arguments", () => {
  const read = (query: string, allowed?: boolean | readonly string[]) => {
    const entry = { name: "cisco", ...(allowed === undefined ? {} : { arguments: allowed }) };
    return parseExporterArguments(entry, new URLSearchParams(query));
  };

  const taken: readonly (readonly [query: string, args: readonly string[], debug?: true])[] = [
    ["", []],
    ["--target=core-sw01", ["--target", "core-sw01"]],
    ["target=x", ["target", "x"]],
    ["b=2&a=1&b=3", ["b", "2", "a", "1", "b", "3"]],
    ["--flag&--other=", ["--flag", "--other"]],
    ["x=a+b%2Fc%20%24%28id%29%3B%C3%BC", ["x", "a b/c $(id);ü"]],
    ["debug", [], true],
    ["debug=1&x=y", ["x", "y"], true],
  ];
  for (const [query, args, debug = false] of taken) {
    it(`is ${JSON.stringify(args)} for ?${query}`, () => {
      expect(read(query, true)).to.deep.equal({ ok: true, value: { args, debug } });
    });
  }

  it("is refused with a NUL", () => {
    expect(read("x=a%00b", true)).to.deep.equal({ ok: false, problems: ["an argument holds a NUL character"] });
  });

  it("is refused unless the entry allows it, by and large or by name", () => {
    const refused = 'exporter cisco takes no argument "--output-filename": "arguments" of its entry allows it';
    const query = "--output-filename=x";

    expect(read(query)).to.deep.equal({ ok: false, problems: [refused] });
    expect(read(query, false)).to.deep.equal({ ok: false, problems: [refused] });
    expect(read(query, ["--target"])).to.deep.equal({ ok: false, problems: [refused] });
    expect(read("--target=x&debug", ["--target"])).to.deep.equal({
      ok: true,
      value: { args: ["--target", "x"], debug: true },
    });
  });

  it("is refused with a value that a program which gets them among its own options would take for one", () => {
    const entry = { name: "cisco", command: ["metrics", "{arguments}"], arguments: ["--target"] };
    const ask = (query: string) => parseExporterArguments(entry, new URLSearchParams(query));

    expect(ask("--target=--output-filename=x")).to.deep.equal({
      ok: false,
      problems: ['the value of --target begins with "-", which exporter cisco would take for an option'],
    });
    expect(ask("--target=a-b")).to.deep.equal({ ok: true, value: { args: ["--target", "a-b"], debug: false } });
  });
});

describe("the words of `pipegauge exporter`", () => {
  const call = (text: string) => readExporterCall(text === "" ? [] : text.split(" "));
  const nothing = {
    name: undefined,
    pushgateway: undefined,
    outputFile: undefined,
    print: true,
    debug: false,
    help: false,
    args: [],
  };

  const calls: readonly (readonly [words: string, expected: object])[] = [
    ["", {}],
    ["dummy", { name: "dummy" }],
    ["--exporter dummy", { name: "dummy" }],
    ["--exporter=dummy a b", { name: "dummy", args: ["a", "b"] }],
    ["cisco --target sw1", { name: "cisco", args: ["--target", "sw1"] }],
    ["--target sw1 --exporter cisco", { name: "cisco", args: ["--target", "sw1"] }],
    [
      "a --no-print x --pushgateway-address h:1 y --output-filename f --debug",
      { name: "a", print: false, pushgateway: "h:1", outputFile: "f", debug: true, args: ["x", "y"] },
    ],
    ["a --push h --exp b --no-pri", { name: "a", args: ["--push", "h", "--exp", "b", "--no-pri"] }],
    ["a -- --no-print --debug", { name: "a", args: ["--no-print", "--debug"] }],
    ["a --help", { name: "a", help: true }],
  ];
  for (const [words, expected] of calls) {
    it(`are read: ${words || "(none)"}`, () => {
      expect(call(words)).to.deep.equal({ ...nothing, ...expected });
    });
  }
});
