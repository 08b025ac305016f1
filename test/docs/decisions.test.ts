import { expect } from "chai";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { extractProse, readPage } from "../support/markdown.ts";

const folder = "docs/adr/";
const files = readdirSync(fileURLToPath(new URL(`../../${folder}`, import.meta.url)));
const records = files.filter((file) => file !== "template.md").toSorted();
const read = (file: string) => readPage(folder + file);

const title = /^# (\d+)\. \S.*$/;
const status = /^- Status: (proposed|accepted|deprecated|superseded by \[\d+\]\(\d{4}-[a-z0-9-]+\.md\))(; \S.*)?$/;
const date = /^- Date: \d{4}-\d\d-\d\d$/;
const sections = ["## Context", "## Decision", "## Consequences"];

/** What is wrong with the head and the sections of a record, by the template. */
function findFaults(file: string, page: string): string[] {
  const lines = extractProse(page).split("\n");
  const number = title.exec(lines[0] ?? "")?.[1];
  const faults: string[] = [];
  if (number === undefined) faults.push(`line 1 is not "# N. Title": ${lines[0] ?? ""}`);
  if (number?.padStart(4, "0") !== file.slice(0, 4))
    faults.push("the number of the title is not that of the file's name");
  if (lines[1] !== "" || !status.test(lines[2] ?? "")) faults.push(`line 3 is not "- Status: …": ${lines[2] ?? ""}`);
  if (!date.test(lines[3] ?? "")) faults.push(`line 4 is not "- Date: YYYY-MM-DD": ${lines[3] ?? ""}`);
  const found = lines.filter((line) => line.startsWith("## ")).map((line) => line.trimEnd());
  if (found.join() !== sections.join()) faults.push(`its sections are ${found.join(", ")}`);
  for (const section of sections) {
    const text = lines[lines.findIndex((line, at) => at > lines.indexOf(section) && line !== "")] ?? "";
    if (text.startsWith("## ")) faults.push(`${section} is empty`);
  }
  return faults;
}

describe("decision records", () => {
  it("have the head and the sections of the template", () => {
    expect(records.length).to.be.above(20);
    expect(records.flatMap((file) => findFaults(file, read(file)).map((fault) => `${file}: ${fault}`))).to.deep.equal(
      [],
    );
  });

  it("have each number once", () => {
    const numbers = records.map((file) => file.slice(0, 4));
    expect(numbers).to.deep.equal([...new Set(numbers)]);
  });

  it("are found out where they differ from the template", () => {
    const file = "0007-words.md";
    const good = ["# 7. Words", "", "- Status: accepted; extends [3](0003-x.md)", "- Date: 2026-11-21", ""];
    const body = sections.flatMap((section) => ["", section, "", "Text."]);
    const withLine = (index: number, line: string) => [...good.with(index, line), ...body].join("\n");

    expect(findFaults(file, [...good, ...body].join("\n"))).to.deep.equal([]);
    for (const [page, fault] of [
      [withLine(0, "# Words"), /line 1 is not/],
      [withLine(0, "# 8. Words"), /number of the title/],
      [withLine(2, "Status: accepted"), /line 3 is not/],
      [withLine(2, "- Status: done"), /line 3 is not/],
      [withLine(3, "- Date: today"), /line 4 is not/],
      [[...good, ...body.slice(0, -4)].join("\n"), /its sections are/],
      [[...good, ...body].join("\n").replace("Text.\n", ""), /## Context is empty/],
    ] as const)
      expect(findFaults(file, page).join("; "), page).to.match(fault);
  });
});
