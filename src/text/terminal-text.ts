/** What a terminal would obey, or draw in another order, or not at all, instead of showing it as a character. */
// oxlint-disable-next-line no-misleading-character-class -- each of them alone is looked for
const unsafe = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0]/u;
/** Joins the parts of one emoji, as in a family. Alone it is as invisible as the others. */
const joiner = "\u200d";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
/** Marks of one character; scripts use two or three, a name that is to cover its neighbours has dozens. */
const marksMax = 3;
const pointsMax = 10;

/** Scripts that are written from right to left. Their order must not spread to the next column. */
const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\p{Script=Mandaic}\p{Script=Samaritan}]/u;
const [isolate, endIsolate] = ["\u2068", "\u2069"];

/**
 * A text that others wrote, fit for one line of a terminal: control characters, ANSI sequences, marks that change the direction
 * and invisible characters are shown by their code, `\x1b` or `\u202e`.
 */
export function showSafely(text: string): string {
  const shown = segment(text).map(showGrapheme).join("");
  // Unicode's isolates, which a terminal without support for them ignores: https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates
  return rightToLeft.test(shown) ? `${isolate}${shown}${endIsolate}` : shown;
}

function segment(text: string): readonly string[] {
  return [...graphemes.segment(text)].map(({ segment: one }) => one);
}

function showGrapheme(grapheme: string): string {
  const points = Array.from(grapheme);
  const isEmoji = /\p{Extended_Pictographic}/u.test(points[0] ?? "") && points.length > 1;
  if (points.length > pointsMax) return "\ufffd";
  let marks = 0;
  return points
    .map((point) => {
      if (point === joiner && isEmoji) return point;
      if (unsafe.test(point)) return escape(point);
      return /\p{M}/u.test(point) && ++marks > marksMax ? "" : point;
    })
    .join("");
}

function escape(point: string): string {
  const code = point.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

/**
 * East Asian wide and fullwidth characters, from U+1100 on, take two columns, as do emoji:
 * https://www.unicode.org/reports/tr11/ and https://www.unicode.org/reports/tr51/#East_Asian_Width_and_Emoji
 */
const wide =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f320}\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;

/** Columns of a terminal that a text takes; it has passed `showSafely`. */
export function measureWidth(text: string): number {
  return segment(text).reduce((width, one) => width + measureGrapheme(one), 0);
}

function measureGrapheme(grapheme: string): number {
  if (grapheme === isolate || grapheme === endIsolate || /^\p{M}+$/u.test(grapheme)) return 0;
  const first = Array.from(grapheme).find((point) => point !== isolate && point !== endIsolate) ?? "";
  return wide.test(first) || grapheme.includes("\ufe0f") ? 2 : 1;
}

/** A text of at most so many columns; one that is cut ends with `…`. */
export function cutToWidth(text: string, width: number): string {
  if (measureWidth(text) <= width) return text;
  let [cut, used] = ["", 0];
  for (const one of segment(text)) {
    const more = measureGrapheme(one);
    if (used + more > width - 1) break;
    cut += one;
    used += more;
  }
  const open = cut.includes(isolate) && !cut.includes(endIsolate);
  return width <= 0 ? "" : `${cut}…${open ? endIsolate : ""}`;
}
