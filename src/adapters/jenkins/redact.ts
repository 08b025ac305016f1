import { withoutEmails, withoutJsonEmails, withoutProperty } from "../redact.ts";

/**
 * Removes the build log, which can hold anything that a build printed, `configFile` of the cloudevents plugin, which is a job's
 * whole configuration, and the accounts of people: those who changed something, and who started the build. None is ever read.
 * Works on any text, valid or not.
 */
export function redact(body: string): string {
  if (isXml(body)) return withoutEmails(withoutXmlCulprits(withoutXmlLog(body)));
  return withoutJsonEmails(withoutProperty(body, "log", "configFile", "culprits", "userId", "userName"));
}

function withoutXmlCulprits(body: string): string {
  return body.replaceAll(/<culprits>[^]*?(?:<\/culprits>|$)/g, "<culprits/>");
}

/** Removes everything from the opening tag to the last closing tag, or to the end of a text that was cut off. */
export function withoutXmlLog(body: string): string {
  const open = /<log(?:\s[^<>]*)?>/.exec(body);
  if (open === null || open[0].endsWith("/>")) return body;
  const close = body.lastIndexOf("</log>");
  return `${body.slice(0, open.index)}<log/>${close < open.index ? "" : body.slice(close + "</log>".length)}`;
}

/** Decides by the first character, because the content type is often missing or wrong. */
export function isXml(body: string): boolean {
  return /^\s*</.test(body);
}
