import { chromium, type BrowserContext, type Page, type Response } from "playwright-core";

/** What a page did while it was open, besides being shown. */
export interface Happenings {
  /** Addresses of everything that was asked for. */
  readonly requests: readonly string[];
  /** What the console shows: messages, errors, refusals by the page's policy. */
  readonly console: readonly string[];
}

export interface OpenPage extends Happenings {
  /** Playwright's handle, for the keyboard and for clicks: https://playwright.dev/docs/api/class-page */
  readonly handle: Page;
  /** Leads the window to another address and waits until it was loaded. What happened before is forgotten. */
  show(url: string): Promise<Response>;
  /** The value of an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
  /** What the page tried although its Content-Security-Policy forbids it, since it began to load. */
  violations(): Promise<readonly string[]>;
  /** A picture of the whole page, PNG. */
  screenshot(): Promise<Buffer>;
  close(): Promise<void>;
}

export interface View {
  readonly width?: number;
  readonly colours?: "light" | "dark";
  /** Headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a window shows that was led nowhere yet. */
export const emptyPage = "about:blank";

export interface Browser {
  /** Opens an address in a new window, with cookies of its own, and waits until it was loaded. */
  open(url: string, view?: View): Promise<OpenPage>;
  close(): Promise<void>;
}

/** A page of a thousand rows is many screens high. */
const pictureMillis = 120_000;

/** Starts a real Chromium. Without its sandbox, which containers do not allow and pages of our own do not need. */
export async function startChromium(binary: string): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: binary, chromiumSandbox: false });
  return {
    async open(url, { width = 1280, colours = "light", headers = {} } = {}) {
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        isMobile: width < 700,
        colorScheme: colours,
        extraHTTPHeaders: headers,
      });
      return openPage(context, url);
    },
    close: () => browser.close(),
  };
}

/** Notes what the policy refused: https://developer.mozilla.org/docs/Web/API/Document/securitypolicyviolation_event */
const noteViolations = `window.refusedByPolicy = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.refusedByPolicy.push([event.effectiveDirective, event.blockedURI, event.sample].join(" "));
  });`;

async function openPage(context: BrowserContext, url: string): Promise<OpenPage> {
  await context.addInitScript({ content: noteViolations });
  const handle = await context.newPage();
  const requests: string[] = [];
  const messages: string[] = [];
  handle.on("request", (request) => void requests.push(request.url()));
  handle.on("console", (message) => void messages.push(`${message.type()}: ${message.text()}`));
  handle.on("pageerror", (error) => void messages.push(String(error)));
  const show = async (address: string) => {
    requests.length = 0;
    messages.length = 0;
    const response = await handle.goto(address, { waitUntil: "load" });
    if (response === null) throw new Error(`${address} is no other page than the one that is open`);
    return response;
  };
  if (url !== emptyPage) await show(url);
  return {
    handle,
    requests,
    console: messages,
    show,
    evaluate: (expression) => handle.evaluate(expression),
    violations: () => handle.evaluate("window.refusedByPolicy"),
    screenshot: () => handle.screenshot({ fullPage: true, timeout: pictureMillis }),
    close: () => context.close(),
  };
}
