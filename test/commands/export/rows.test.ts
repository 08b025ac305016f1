import { expect } from "chai";
import { createCsvEncoder, createJsonEncoder } from "../../../src/commands/export/encode-rows.ts";
import { exportColumns, type ExportColumn } from "../../../src/commands/export/columns.ts";

const columns: readonly ExportColumn<readonly unknown[]>[] = [
  { name: "name", type: "VARCHAR", get: ([name]) => name },
  { name: "detail", type: "JSON", get: ([, detail]) => detail },
  { name: "seconds", type: "DOUBLE", get: ([, , seconds]) => seconds },
];

describe("export: rows", () => {
  const csv = createCsvEncoder(columns, { escapeFormulas: false });

  it("are RFC 4180 in CSV: a header, CRLF, quotes where they have to be", () => {
    expect(csv.header).to.equal("name,detail,seconds\r\n");
    for (const [row, line] of [
      [["unit", null, 1.5], "unit,,1.5"],
      [['say "hi", you', null, 0], '"say ""hi"", you",,0'],
      [["two\nlines", null, null], '"two\nlines",,'],
      [["carriage\rreturn", null, null], '"carriage\rreturn",,'],
      [["", { a: ['"'] }, false], '"","{""a"":[""\\""""]}",false'],
      [["Ä 😀 \u2028 9007199254740993", null, 0.1], "Ä 😀 \u2028 9007199254740993,,0.1"],
    ] as const)
      expect(csv.encode(row), line).to.equal(`${line}\r\n`);
  });

  it("keep what looks like a formula, unless it is to be escaped", () => {
    const escaping = createCsvEncoder(columns, { escapeFormulas: true });
    for (const text of ["=1+1", "+1", "-fix", "@scope/pkg", "\tx"]) {
      expect(csv.encode([text, null, -1]), text).to.equal(`${text},,-1\r\n`);
      expect(escaping.encode([text, null, -1]), text).to.equal(`'${text},,-1\r\n`);
    }
    expect(escaping.encode(['=HYPERLINK("x")', null, null])).to.equal(`"'=HYPERLINK(""x"")",,\r\n`);
    expect(escaping.encode(["a=b", null, null])).to.equal("a=b,,\r\n");
  });

  it("are one object a line in JSON", () => {
    const json = createJsonEncoder(columns);

    expect(json.header).to.equal("");
    expect(json.encode(["two\nlines", { a: 1 }, null])).to.equal(
      '{"name":"two\\nlines","detail":{"a":1},"seconds":null}\n',
    );
  });

  it("have the types that the API's schema gives their fields", () => {
    const types = Object.fromEntries(exportColumns.jobs.map(({ name, type }) => [name, type]));

    expect(types).to.include({
      run_id: "BIGINT",
      native_id: "VARCHAR",
      result: "VARCHAR",
      default_branch: "BOOLEAN",
      attempt: "BIGINT",
      started_at: "TIMESTAMP",
      duration_seconds: "DOUBLE",
      detail: "JSON",
    });
    for (const list of Object.values(exportColumns)) expect(list).to.have.length.above(10);
  });
});
