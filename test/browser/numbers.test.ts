import { expect } from "chai";
import { openPlace, type Place } from "./states.ts";
import { listedViews } from "./views.ts";

/** A number that is a link to a list of runs. */
interface LinkedCount {
  readonly count: number;
  /** Of the list. */
  readonly query: string;
}

function listCounts(markup: string): LinkedCount[] {
  return [...markup.matchAll(/<a href="(?:\.\.\/)*runs\?([^"]*)"[^>]*>([\d,]+)<\/a>/g)].map(
    ([, query = "", text = ""]) => ({
      count: Number(text.replaceAll(",", "")),
      query: query.replaceAll("&amp;", "&"),
    }),
  );
}

/** Whether a list has runs, by the read API, which has the same filter. */
async function hasRuns({ server }: Place, query: string): Promise<boolean> {
  const { json, text } = await server.request(`/api/v1/runs?${query}&limit=1`);
  expect(json, text).to.have.property("runs");
  return (json["runs"] as readonly unknown[]).length > 0;
}

/** A figure counts results, of which a run that was started again has several, and the list has runs: their numbers differ. */
describe("numbers that lead to runs", function () {
  this.timeout(300_000);

  for (const { name, address } of listedViews.filter(({ name: one }) => /^(today|pipelines|runners|waste)/.test(one))) {
    it(`of ${name} lead to a list of the same span, which is not empty`, async () => {
      const place = await openPlace("60 days of the demo");
      const { text } = await place.server.request(`/ui/${address(place.examples)}`);

      for (const { count, query } of listCounts(text)) {
        expect(new URLSearchParams(query).get("since"), `the begin of the span in ?${query}`).to.be.a("string");
        if (count > 0) expect(await hasRuns(place, query), `${count}, but none in ?${query}`).to.equal(true);
      }
    });
  }
});
