import { over, pipelineHook, unit } from "../payloads/gitlab.ts";

type Json = Readonly<Record<string, unknown>>;

/** What a name does where it is taken for markup or a script. */
export const strike = "window.struck=(window.struck||0)+1";

/** Names that somebody hopes a page will believe. */
export const hostile = [
  `<script>${strike}</script>`,
  `"><img src=x onerror="${strike}">`,
  `'><svg/onload='${strike}'>`,
  `</bdi></td></table><iframe srcdoc="<script>parent.${strike}</script>"></iframe>`,
  `javascript:${strike}`,
  `<link rel=stylesheet href=//evil.example.com/x.css><style>*{display:none}</style>`,
  "\u202egnp.exe\u202c\u2066\u202e right to left",
  `<meta http-equiv=refresh content="0;url=https://evil.example.com/">`,
  `${"long ".repeat(2000)}<script>${strike}</script>`,
  `&lt;script&gt; &amp;#x3c; &#60;b&#62;`,
  "𝕬\u0000\u0007\u200b\ufeff é́́́́",
];

/** Names that break what cuts, measures or writes text: halves of an emoji, a word of 10 kB, lines, quotes. */
export const awkward = [
  "\ud83d half of an emoji \ude00",
  "👩‍👩‍👧".repeat(200),
  "w".repeat(10_000),
  "line one\nline two\r\n\tline three",
  `it's "quoted" \`so\` \\ 100%00 \${x} {{y}}`,
  "\u202eאבג\u2067 شمال \u2069".repeat(30),
];

/** A finished pipeline in which everything is called so; the smaller `id`, the later it was. */
export function hook(name: string, id: number): Json {
  const at = new Date(Date.now() - 60_000 * id).toISOString();
  const times = { ...over("10:05", 30 + id), created_at: at, finished_at: at };
  const status = id % 2 === 0 ? "success" : "failed";
  const attributes = {
    id: 5000 + id,
    iid: id,
    ref: name,
    name,
    source: name,
    status,
    ...times,
    url: `javascript:${strike}`,
  };
  const jobs = [{ ...unit, id: 9000 + id, name, status, reason: name }];
  return {
    ...pipelineHook(status, jobs, attributes),
    project: { path_with_namespace: name, web_url: `javascript:${strike}`, default_branch: name },
  };
}
