import { expect } from "chai";
import { freshWord, legacyTarget } from "./target.ts";

/** The contract: it holds for any server at LEGACY_BASE_URL. */
describe("template counter: when a use began", () => {
  const target = legacyTarget();

  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
  const use = (fields: { readonly name: string; readonly started: string }) =>
    target().ask(
      `/steps?${new URLSearchParams({ status: "success", project: "dummy-project", ...fields }).toString()}`,
    );

  const moments: readonly (readonly [string, (iso: string) => string])[] = [
    ["2023-05-23T13:01:00Z", (iso) => `${iso}Z`],
    ["2023-05-23T13:01:00.123Z", (iso) => `${iso}.123Z`],
    ["2023-05-23T13:01:00+00:00", (iso) => `${iso}+00:00`],
    ["2023-05-23 13:01:00 UTC", (iso) => `${iso.replace("T", " ")} UTC`],
    ["2023-05-23 13:01:00 +0000", (iso) => `${iso.replace("T", " ")} +0000`],
    ["2023-05-23T13:01:00, which is UTC", (iso) => iso],
    ["2023-05-23T13-01-00Z, the sidecar's", (iso) => `${iso.replaceAll(":", "-")}Z`],
    ["2023-05-23_13-01-00_UTC, the sidecar's", (iso) => `${iso.replaceAll(":", "-").replace("T", "_")}_UTC`],
    ["2023-05-23T13-01-00+00-00, the sidecar's", (iso) => `${iso.replaceAll(":", "-")}+00-00`],
    ["2023-05-23T13:01:00 00:00, as curl sends a + that it did not encode", (iso) => `${iso} 00:00`],
    ["2023.05.23 13.01.00, as the older receiver took it", (iso) => iso.replaceAll(/[-:]/g, ".").replace("T", " ")],
    ["2023:05:23 13:01:00.5Z", (iso) => `${iso.replaceAll("-", ":").replace("T", " ")}.5Z`],
    ["2023/05/23 13:01:00 UTC", (iso) => `${iso.replaceAll("-", "/").replace("T", " ")} UTC`],
  ];
  for (const [form, write] of moments) {
    it(`reads started as ${form}`, async () => {
      const step = freshWord();

      const { headers } = await use({ name: `go_${step}`, started: write(ago(200).slice(0, 19)) });

      expect(headers.get("warning")).to.equal(null);
      expect(await target().value(`ci_go_${step}_duration_sum{status="success"}`)).to.be.within(199, 205);
    });
  }

  it("reads an offset as what it is", async () => {
    const step = freshWord();
    const inKolkata = new Date(Date.now() + (5.5 * 3600 - 200) * 1000).toISOString().slice(0, 19);

    await use({ name: `go_${step}`, started: `${inKolkata}+05:30` });

    expect(await target().value(`ci_go_${step}_duration_sum{status="success"}`)).to.be.within(199, 205);
  });

  const unreadable: readonly (readonly [string, string, RegExp])[] = [
    ["a slip of the keyboard", "2023-05023T13:01:00Z", /is not a valid time/],
    ["a word", "yesterday", /is not a valid time/],
    ["nothing", "", /is not a valid time/],
    ["a day that does not exist", "2023-02-31T13:01:00Z", /is not a valid time/],
    ["a number", "1700000000", /is not a valid time/],
    ["the future", "2999-01-01T00:00:00Z", /future/],
    ["the last century", "1999-01-01T00:00:00Z", /ten years/],
    ["Go's zero time", "0001-01-01T00:00:00Z", /is not a valid time/],
  ];
  for (const [what, started, why] of unreadable) {
    it(`counts a use whose start is ${what}, observes no duration, and warns`, async () => {
      const step = freshWord();

      const { status, headers } = await use({ name: `go_${step}`, started });

      expect(status).to.equal(200);
      expect(headers.get("warning"))
        .to.match(/^199 pipegauge "started [^"]+: no duration was observed"$/)
        .and.match(why);
      expect(await target().value(`ci_go_${step}_total{project="dummy-project",status="success"}`)).to.equal(1);
      expect(await target().lines(`ci_go_${step}_duration_count`)).to.deep.equal([]);
    });
  }
});
