import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { until } from "../wait.ts";

type Json = Readonly<Record<string, unknown>>;

/** What a page did while it was open, besides being shown. */
export interface Happenings {
  /** Addresses of everything that was asked for. */
  readonly requests: readonly string[];
  /** What the console shows: messages, errors, refusals by the page's policy. */
  readonly console: readonly string[];
}

export interface OpenPage extends Happenings {
  /** The value of an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
  /** A picture of the whole page, PNG. */
  screenshot(): Promise<Buffer>;
}

export interface View {
  readonly width?: number;
  readonly colours?: "light" | "dark";
  /** Headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Browser {
  /** Opens an address in a new tab and waits until it was loaded. */
  open(url: string, view?: View): Promise<OpenPage>;
  close(): Promise<void>;
}

const flags = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--no-first-run",
  "--remote-debugging-pipe",
];

/** Starts a real Chromium and speaks its protocol over a pipe: https://chromedevtools.github.io/devtools-protocol/ */
export async function startChromium(binary: string): Promise<Browser> {
  const folder = mkdtempSync(join(tmpdir(), "pipegauge-chromium-"));
  const child = spawn(binary, [...flags, `--user-data-dir=${folder}`, "about:blank"], {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  const protocol = speak(child.stdio[3] as Writable, child.stdio[4] as Readable);
  return {
    open: (url, view = {}) => openPage(protocol, url, view),
    async close() {
      const ended = once(child, "close");
      protocol.send("Browser.close").catch(() => child.kill("SIGKILL"));
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Protocol {
  send(method: string, parameters?: Json, session?: string): Promise<Json>;
  on(listener: (method: string, parameters: Json, session: string | undefined) => void): void;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Json;
  readonly result?: Json;
  readonly error?: { readonly message: string };
  readonly sessionId?: string;
}

/** JSON with a NUL after each message, both ways. */
function speak(to: Writable, from: Readable): Protocol {
  const waiting = new Map<number, (message: Message) => void>();
  const listeners: Parameters<Protocol["on"]>[0][] = [];
  let next = 1;
  let rest = "";
  to.on("error", () => undefined);
  from.setEncoding("utf8").on("data", (text: string) => {
    const messages = (rest + text).split("\0");
    rest = messages.pop() ?? "";
    for (const one of messages) {
      const message = JSON.parse(one) as Message;
      if (message.id !== undefined) waiting.get(message.id)?.(message);
      else for (const listener of listeners) listener(message.method ?? "", message.params ?? {}, message.sessionId);
    }
  });
  return {
    on: (listener) => void listeners.push(listener),
    send(method, params = {}, sessionId) {
      const id = next++;
      return new Promise((resolve, reject) => {
        waiting.set(id, ({ result = {}, error }) => {
          waiting.delete(id);
          if (error === undefined) resolve(result);
          else reject(new Error(`${method}: ${error.message}`));
        });
        to.write(`${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`);
      });
    },
  };
}

async function openPage(protocol: Protocol, url: string, view: View): Promise<OpenPage> {
  const { targetId } = await protocol.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await protocol.send("Target.attachToTarget", { targetId, flatten: true });
  const session = String(sessionId);
  const send = (method: string, parameters?: Json) => protocol.send(method, parameters, session);
  const requests: string[] = [];
  const messages: string[] = [];
  let loaded = false;
  protocol.on((method, parameters, from) => {
    if (from !== session) return;
    if (method === "Network.requestWillBeSent") requests.push(String((parameters["request"] as Json)["url"]));
    if (method === "Page.loadEventFired") loaded = true;
    if (/^(Log\.entryAdded|Runtime\.(consoleAPICalled|exceptionThrown))$/.test(method))
      messages.push(JSON.stringify(parameters));
  });
  for (const domain of ["Page", "Network", "Runtime", "Log"]) await send(`${domain}.enable`);
  const { width = 1280, colours = "light", headers } = view;
  const mobile = width < 700;
  await send("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile });
  await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: colours }] });
  if (headers !== undefined) await send("Network.setExtraHTTPHeaders", { headers });
  await send("Page.navigate", { url });
  await until(() => loaded, `loading of ${url}`);
  return {
    requests,
    console: messages,
    async evaluate<T>(expression: string) {
      const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, returnByValue: true });
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as Json)["value"] as T;
    },
    async screenshot() {
      // What lies behind another tab is not drawn.
      await send("Page.bringToFront");
      const { data } = await send("Page.captureScreenshot", {
        captureBeyondViewport: true,
        ...(await wholePage(send)),
      });
      return Buffer.from(String(data), "base64");
    },
  };
}

async function wholePage(send: (method: string) => Promise<Json>): Promise<Json> {
  const { cssContentSize } = await send("Page.getLayoutMetrics");
  return { clip: { ...(cssContentSize as Json), scale: 1 } };
}
