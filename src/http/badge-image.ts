import { html, renderHtml } from "./ui/html.ts";

export type BadgeState = "passing" | "failing" | "running" | "unknown";

/** White text has a contrast of at least 4.5 to 1 on each. */
const colours: Readonly<Record<BadgeState, string>> = {
  passing: "#1f7a3d",
  failing: "#b3261e",
  running: "#8a5a00",
  unknown: "#5f6670",
};

const label = "pipeline";
/** Of both texts and the space around them; the font is chosen by the viewer, so `textLength` makes it fit. */
const [labelWidth, stateWidth] = [58, 56];
const width = labelWidth + stateWidth;

/** A badge in the usual size of 20 pixels. */
export function renderBadge(state: BadgeState): string {
  const word = (text: string, middle: number, length: number) =>
    html`<text x="${middle}" y="14" textLength="${length}" lengthAdjust="spacingAndGlyphs">${text}</text>`;
  return renderHtml(html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" aria-label="${label}: ${state}"><title>${label}: ${state}</title>
<clipPath id="r"><rect width="${width}" height="20" rx="3"/></clipPath>
<g clip-path="url(#r)"><rect width="${labelWidth}" height="20" fill="#444b54"/><rect x="${labelWidth}" width="${stateWidth}" height="20" fill="${colours[state]}"/></g>
<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">${word(label, labelWidth / 2, labelWidth - 14)}${word(state, labelWidth + stateWidth / 2, stateWidth - 12)}</g>
</svg>
`);
}
