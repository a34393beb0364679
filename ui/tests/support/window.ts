/** Opens the built web view in Chromium, with the stand-in for the native side. */
import puppeteer, {
  type Browser,
  type ConsoleMessage,
  type Page,
} from "puppeteer-core";
import { inject } from "vitest";

import type { UiEvent } from "../../src/lib/ipc/bindings";
import { installNative, type Call, type Native, type Reply } from "./native";

declare module "vitest" {
  export interface ProvidedContext {
    site: string;
    shots: string;
    browser: string;
  }
}

export type Look = {
  width: number;
  height: number;
  dark: boolean;
  /** The user's text size: 1 is usual, 2 is 200 %. */
  text: number;
  reducedMotion: boolean;
};

export const USUAL: Look = {
  width: 960,
  height: 640,
  dark: false,
  text: 1,
  reducedMotion: true,
};

/** Connects to the browser that all tests share; the caller disconnects. */
export function sharedBrowser(): Promise<Browser> {
  return puppeteer.connect({
    browserWSEndpoint: inject("browser"),
    defaultViewport: null,
  });
}

/**
 * Pages whose window was closed, each in a context of its own and emptied: to start a page takes
 * longer than most tests.
 */
const idle: Page[] = [];

async function emptyPage(browser: Browser): Promise<Page> {
  const page = idle.pop();
  if (page) return page;
  const context = await browser.createBrowserContext();
  return context.newPage();
}

/** One open window. */
export class OpenWindow {
  readonly page: Page;
  readonly problems: string[] = [];
  private native = "";

  private constructor(page: Page) {
    this.page = page;
    page.on("pageerror", this.notePageError);
    page.on("console", this.noteConsole);
  }

  private readonly notePageError = (error: unknown) => {
    this.problems.push(String(error));
  };

  private readonly noteConsole = (message: ConsoleMessage) => {
    if (message.type() === "error" || message.type() === "warn") {
      this.problems.push(message.text());
    }
  };

  /** Opens the window and waits until it says that it is mounted. */
  static async open(
    browser: Browser,
    first: UiEvent[],
    look: Partial<Look> = {},
    replies: Record<string, Reply> = {},
  ): Promise<OpenWindow> {
    const wanted = { ...USUAL, ...look };
    const page = await emptyPage(browser);
    const window = new OpenWindow(page);
    await page.setViewport({ width: wanted.width, height: wanted.height });
    await page.emulateMediaFeatures([
      { name: "prefers-color-scheme", value: wanted.dark ? "dark" : "light" },
      {
        name: "prefers-reduced-motion",
        value: wanted.reducedMotion ? "reduce" : "no-preference",
      },
    ]);
    const session = await page.createCDPSession();
    await session.send("Page.setFontSizes", {
      fontSizes: { standard: 16 * wanted.text, fixed: 13 * wanted.text },
    });
    const script = await page.evaluateOnNewDocument(installNative, {
      first,
      replies,
    });
    window.native = script.identifier;
    await page.goto(inject("site"));
    await window.called("mounted");
    return window;
  }

  find(testid: string) {
    return this.page.locator(`[data-testid="${testid}"]`);
  }

  /** Waits for an element and gives its text. */
  async text(testid: string): Promise<string> {
    const handle = await this.page.waitForSelector(
      `[data-testid="${testid}"]`,
      { timeout: 20_000 },
    );
    return (await handle?.evaluate((one) => one.textContent)) ?? "";
  }

  async count(selector: string): Promise<number> {
    return (await this.page.$$(selector)).length;
  }

  async gone(testid: string): Promise<void> {
    await this.page.waitForSelector(`[data-testid="${testid}"]`, {
      hidden: true,
      timeout: 20_000,
    });
  }

  click(testid: string): Promise<void> {
    return this.find(testid).click();
  }

  type(testid: string, text: string): Promise<void> {
    return this.find(testid).fill(text);
  }

  send(event: UiEvent): Promise<void> {
    return this.page.evaluate((one) => {
      window.native.send(one);
    }, event);
  }

  reply(command: string, reply: Reply): Promise<void> {
    return this.page.evaluate(
      (name, value) => {
        window.native.replies[name] = value;
      },
      command,
      reply,
    );
  }

  /** Waits for a command and gives the values of its last call. */
  async called(command: string): Promise<Call["values"]> {
    await this.page.waitForFunction(
      (name) => window.native.calls.some((call) => call.command === name),
      { timeout: 10_000 },
      command,
    );
    return this.page.evaluate(
      (name) =>
        window.native.calls.findLast((call) => call.command === name)?.values ??
        {},
      command,
    );
  }

  calls(): Promise<Native["calls"]> {
    return this.page.evaluate(() => window.native.calls);
  }

  /** Gives everything that should not have happened: errors, warnings, policy violations. */
  async allProblems(): Promise<string[]> {
    const violations = await this.page.evaluate(() => window.native.violations);
    return [...this.problems, ...violations];
  }

  focused(): Promise<string | null> {
    return this.page.evaluate(
      () => document.activeElement?.getAttribute("data-testid") ?? null,
    );
  }

  /** Empties the page, so that nothing of this window reaches the next one. */
  async close(): Promise<void> {
    const { page } = this;
    await page.evaluate(() => {
      localStorage.clear();
      sessionStorage.clear();
    });
    await page.mouse.move(-1, -1);
    await page.removeScriptToEvaluateOnNewDocument(this.native);
    await page.goto("about:blank");
    page.off("pageerror", this.notePageError);
    page.off("console", this.noteConsole);
    idle.push(page);
  }
}
