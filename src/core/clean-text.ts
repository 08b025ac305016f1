const textMax = 1024;

/** Characters that an exposition, a log line or PostgreSQL cannot hold: control characters, halves of surrogate pairs. */
// oxlint-disable-next-line no-control-regex -- naming them is the point
const suspicious = /[\u0000-\u001f\u007f\ud800-\udfff]/;
// oxlint-disable-next-line no-control-regex -- naming them is the point
const control = /[\u0000-\u001f\u007f]/g;

/** Well-formed text without control characters, of at most `max` characters. */
export function cleanText(value: string, max = textMax): string {
  if (value.length <= max && !suspicious.test(value)) return value;
  return value.slice(0, max).replace(control, "\uFFFD").toWellFormed();
}
