import { expect } from "chai";
import { assert, property, string } from "fast-check";
import { html, renderHtml, type Content } from "../../src/http/ui/html.ts";
import { createLinks } from "../../src/http/ui/links.ts";
import { formatDuration, externalLink, untrusted } from "../../src/http/ui/format.ts";

const shown = (content: Content) => renderHtml(html`${content}`);

describe("the page's markup", () => {
  it("escapes everything but markup of its own", () => {
    const name = `<b onclick='x'>"&`;

    const markup = renderHtml(html`<p title="${name}">${[name, html`<br>`, 7, null, undefined, false]}</p>`);

    const escaped = "&lt;b onclick=&#39;x&#39;&gt;&quot;&amp;";
    expect(markup).to.equal(`<p title="${escaped}">${escaped}<br>7</p>`);
  });

  it("takes nothing that was ever text for markup", () => {
    for (const forged of [{ html: "<b>" }, { markup: "<b>" }, JSON.parse('{"Symbol(markup)": "<b>"}') as object]) {
      expect(shown(forged as Content)).to.not.include("<b>");
    }
  });

  it("escapes every text", () => {
    assert(
      property(string({ unit: "binary", maxLength: 200 }), (text) => {
        const markup = renderHtml(html`<i title="${text}">${untrusted(text)}</i>`);
        expect(markup.replaceAll(/<\/?(i|bdi|span)( (title|class)="[^"<>]*")?>/g, "")).to.not.match(/[<>"]/);
      }),
    );
  });

  it("links to what a browser may open, and to nothing else", () => {
    expect(shown(externalLink("https://ci.example.com/1?a=1&b='", "1"))).to.equal(
      '<a href="https://ci.example.com/1?a=1&amp;b=&#39;" rel="noopener noreferrer nofollow">1</a>',
    );
    const refused = [
      "javascript:alert(1)",
      " javascript:alert(1)",
      "JaVaScRiPt:1",
      "data:text/html,x",
      "//x",
      "/x",
      "https://",
      "",
      null,
    ];
    for (const url of refused) expect(shown(externalLink(url, "1")), String(url)).to.equal("1");
  });

  it("cuts long names between characters, and keeps them whole in the title", () => {
    const long = "👩‍🚀".repeat(100);

    const markup = shown(untrusted(long));

    expect(markup).to.include(`title="${long}"`);
    expect(markup).to.match(/…<\/bdi>$/);
    expect(markup.isWellFormed()).to.equal(true);
  });

  it("links relative to the view that is shown, and leaves out parameters without a value", () => {
    const first = createLinks("/ui/");
    const run = createLinks("/ui/runs/7");

    expect(first.toView("")).to.equal("./");
    expect(first.toView("runs", { project: "a&b", ref: "", pipeline: undefined })).to.equal("runs?project=a%26b");
    expect(first.toServer("metrics")).to.equal("../metrics");
    expect(run.toView("")).to.equal("../");
    expect(run.toView("runs/8")).to.equal("../runs/8");
    expect(run.toServer("api/v1/runs/7")).to.equal("../../api/v1/runs/7");
  });

  it("says how long something took", () => {
    const cases: readonly (readonly [number, string])[] = [
      [0, "0 s"],
      [4.26, "4.3 s"],
      [59.4, "59 s"],
      [59.6, "1 min"],
      [185, "3 min 5 s"],
      [3600, "1 h"],
      [7815, "2 h 10 min"],
      [97_200, "1 d 3 h"],
    ];
    for (const [seconds, words] of cases) expect(shown(formatDuration(seconds))).to.equal(words);
    expect(shown(formatDuration(null))).to.include("–");
  });
});
