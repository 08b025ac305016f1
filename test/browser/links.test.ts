import { expect } from "chai";
import { openPlace, type Place, type State } from "./states.ts";
import { listedViews } from "./views.ts";

/** Links of one kind that are followed from one view. */
const ofKindMax = 10;

interface Link {
  /** Absolute, without a fragment. */
  readonly url: URL;
  /** Where it was found. */
  readonly from: string;
  readonly tag: string;
}

/** What a browser would follow, unescaped and resolved. */
function listLinks(markup: string, base: string): Link[] {
  // Those to a part of the same page lead nowhere else.
  return [...markup.matchAll(/<a\b[^>]*\bhref="([^"#][^"]*)"[^>]*>/g)].map(([tag, href = ""]) => {
    const url = new URL(unescape(href), base);
    url.hash = "";
    return { url, from: base, tag };
  });
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

function unescape(text: string): string {
  return text.replaceAll(/&(\w+|#39);/g, (whole, name: string) => entities[name] ?? whole);
}

/** Links that differ in ids and values alone are of one kind. */
function describeKind({ url }: Link): string {
  return `${url.pathname.replaceAll(/\d+/g, "N")}?${[...url.searchParams.keys()].toSorted().join("&")}`;
}

describe("links of every view", function () {
  this.timeout(300_000);

  const states: readonly State[] = ["60 days of the demo", "hostile names", "an empty ledger"];

  for (const state of states) {
    it(`lead to something, with ${state}`, async () => {
      const place = await openPlace(state);
      const seen = new Set<string>();
      const kinds = new Map<string, number>();
      let waiting = (await readViews(place)).filter(({ url }) => url.origin === place.server.url);
      expect(waiting).to.have.length.above(50);
      // From the views to what they lead to, and from there to kinds of links that no view has.
      for (const depth of [0, 1]) {
        const found: Link[] = [];
        for (const link of waiting) {
          const kind = describeKind(link);
          const count = kinds.get(kind) ?? 0;
          if (seen.has(link.url.href) || count >= (depth === 0 ? ofKindMax : 1)) continue;
          seen.add(link.url.href);
          kinds.set(kind, count + 1);
          found.push(...(await follow(place, link)));
        }
        waiting = found.filter(({ url }) => url.origin === place.server.url);
      }
      expect(kinds.size, [...kinds.keys()].join("\n")).to.be.above(10);
    });
  }

  it("that lead to another host tell it nothing, and are web addresses", async () => {
    for (const state of states) {
      const place = await openPlace(state);
      for (const { url, tag } of await readViews(place)) {
        expect(url.protocol).to.match(/^https?:$/);
        if (url.origin !== place.server.url) expect(tag).to.include('rel="noopener noreferrer nofollow"');
      }
    }
  });
});

async function readViews({ server, examples }: Place): Promise<Link[]> {
  const links: Link[] = [];
  for (const { address } of listedViews) {
    const path = address(examples);
    if (path === undefined) continue;
    const url = `${server.url}/ui/${path}`;
    const response = await fetch(url);
    links.push(...listLinks(await response.text(), url));
  }
  return links;
}

/** The links of the page that a link leads to; none where it is no page. */
async function follow({ server }: Place, { url, from }: Link): Promise<Link[]> {
  const response = await fetch(url);
  const text = await response.text();
  expect(response.status, `${url.href} in ${from}: ${text.slice(0, 200)}`).to.equal(200);
  expect(response.url.startsWith(`${server.url}/`), `${url.href} leads to ${response.url}`).to.equal(true);
  return response.headers.get("content-type")?.startsWith("text/html") === true ? listLinks(text, response.url) : [];
}
