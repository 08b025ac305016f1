import { cutToWidth, showSafely } from "../../text/terminal-text.ts";

/** Characters of a name in a report. */
const nameMax = 80;

/**
 * A name that others wrote, as code: nothing in it is markup, a mention of people or a link. Chats read `<!channel>` even in
 * code: https://docs.slack.dev/messaging/formatting-message-text/#special-mentions
 */
export function quoteName(name: string): string {
  const plain = showSafely(name).replaceAll("`", "'").replaceAll("<", "‹").replaceAll(">", "›").replaceAll("@", "＠");
  return `\`${cutToWidth(plain, nameMax) || "-"}\``;
}

/** A link whose address is ours. */
export function link(text: string, url: URL): string {
  return `[${text}](${url.href})`;
}
