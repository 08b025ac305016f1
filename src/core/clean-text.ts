const textMax = 1024;

/** Characters that an exposition, a log line or PostgreSQL cannot hold: control characters, halves of surrogate pairs. */
// oxlint-disable-next-line no-control-regex -- naming them is the point
const suspicious = /[\u0000-\u001f\u007f\ud800-\udfff]/;
// oxlint-disable-next-line no-control-regex -- naming them is the point
const control = /[\u0000-\u001f\u007f]/g;

/** Well-formed text without control characters, of at most `max` characters. */
export function cleanText(value: string, max = textMax): string {
  if (value.length <= max && !suspicious.test(value)) return value;
  return cutText(value, max).replace(control, "\uFFFD").toWellFormed();
}

/** The beginning of a text. A pair of surrogates, which is one character, is not cut in two. */
export function cutText(text: string, max: number): string {
  const isPair = /[\ud800-\udbff]/.test(text[max - 1] ?? "") && /[\udc00-\udfff]/.test(text[max] ?? "");
  return text.slice(0, isPair ? max - 1 : max);
}
