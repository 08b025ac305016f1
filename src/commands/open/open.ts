import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { AppError } from "../../core/errors.ts";
import { didYouMean } from "../../text/did-you-mean.ts";
import { quote } from "../../text/quote.ts";
import type { Answer, ReadingCall } from "../reading/create-reading-command.ts";
import { views } from "./views.ts";

/** Where the browser command of the system is looked for: freedesktop's xdg-utils, and macOS. */
const browserCommands = ["xdg-open", "open"] as const;

/** Prints the address. It is opened on a terminal only, because a script wants the text. */
export async function answerOpen({ server, word, json, env }: ReadingCall): Promise<Answer> {
  const { href } = new URL(describePath(word), server.url);
  const browser = json || !process.stdout.isTTY ? undefined : findBrowser(env);
  if (browser !== undefined) openAddress(browser, href);
  return { document: { url: href }, lines: () => [href] };
}

function describePath(word: string | undefined): string {
  if (word === undefined) return "ui/";
  if (/^[1-9]\d{0,14}$/.test(word)) return `ui/runs/${word}`;
  if ((views as readonly string[]).includes(word)) return `ui/${word}`;
  const meant = didYouMean(word, views);
  const hint = meant === undefined ? `there are ${views.join(", ")}` : `did you mean ${meant}?`;
  throw new AppError("usage", `${quote(word)} is neither a view nor the id of a run: ${hint}`);
}

function findBrowser(env: NodeJS.ProcessEnv): string | undefined {
  // Elsewhere xdg-open would start a text browser in this terminal, and `open` is another program.
  const hasDisplay =
    process.platform === "darwin" || env["DISPLAY"] !== undefined || env["WAYLAND_DISPLAY"] !== undefined;
  if (!hasDisplay) return undefined;
  const names = process.platform === "darwin" ? browserCommands : browserCommands.slice(0, 1);
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Without a shell; the address was parsed as http or https, so that it can be no option of the command. */
function openAddress(browser: string, href: string): void {
  const child = spawn(browser, [href], { stdio: "ignore", detached: true });
  // The address is printed in any case.
  child.on("error", () => undefined);
  child.unref();
}
