/**
 * Where a payload differs from one delivery to the next. `load.lua` knows the same words: `n` is the delivery's id (always
 * ten digits, so that every delivery has one length), the others are the moment of sending in UTC.
 */
export const tokens = {
  n: "{{n}}",
  date: "{{date}}",
  clock: "{{clock}}",
  epoch: "{{epoch}}",
  signature: "{{signature}}",
} as const;

const numberMark = "number:";

/** A JSON number that holds tokens. */
export function number(text: string): string {
  return numberMark + text;
}

/** JSON of a value with tokens in it. */
export function json(value: object): string {
  return JSON.stringify(value).replace(/"number:([^"]*)"/g, "$1");
}

/** `template` as it is sent with this id at this moment. */
export function fill(template: string, id: number, at: Date, signature = ""): string {
  return sentAt(template, at).replaceAll(tokens.n, String(id)).replaceAll(tokens.signature, signature);
}

/** `template` of deliveries that are all sent at one moment. */
export function sentAt(template: string, at: Date): string {
  const iso = at.toISOString();
  return template
    .replaceAll(tokens.date, iso.slice(0, 10))
    .replaceAll(tokens.clock, iso.slice(11, 19))
    .replaceAll(tokens.epoch, String(Math.floor(at.getTime() / 1000)));
}

/** Forty hexadecimal digits that end in the delivery's id: a commit. */
export const sha = `3f9c17e2b5d04a86e1c7f03b92ad45${tokens.n}`;

/** A UUID that ends in the delivery's id. */
export const uuid = `5b0e4c1d-7a92-4e36-9f18-c2${tokens.n}`;
