/** Marks in front of a line, and colours: on a terminal alone, so that scripts and files get plain text. */
export interface Style {
  /** `✓ line` in green. */
  good(line: string): string;
  /** `✗ line` in red. */
  bad(line: string): string;
  /** `! line` in yellow. */
  warn(line: string): string;
  /** Without a mark, in a colour. */
  readonly paint: (colour: Colour, text: string) => string;
}

export type Colour = keyof typeof codes;

/** Select Graphic Rendition, ECMA-48: https://ecma-international.org/publications-and-standards/standards/ecma-48/ */
const codes = { red: 31, green: 32, yellow: 33, faint: 2, bold: 1 } as const;

/** `NO_COLOR` turns colours off and leaves the marks: https://no-color.org. A `dumb` terminal has no colours. */
export function createStyle(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Style {
  const isTerminal = stream.isTTY === true;
  const hasColours = isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  const paint = (colour: Colour, text: string) => (hasColours ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text);
  const mark = (sign: string, colour: Colour, line: string) => (isTerminal ? `${paint(colour, sign)} ${line}` : line);
  return {
    good: (line) => mark("✓", "green", line),
    bad: (line) => mark("✗", "red", line),
    warn: (line) => mark("!", "yellow", line),
    paint,
  };
}
