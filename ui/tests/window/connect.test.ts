/** Connecting, setting up and the messages around the window, driven as a user drives them. */
import type { Browser } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import type { AttemptStep, UiEvent } from "../../src/lib/ipc/bindings";
import type { Reply } from "../support/native";
import {
  attempt,
  connection,
  provider,
  snapshot,
  wireError,
} from "../support/views";
import { OpenWindow, sharedBrowser } from "../support/window";

let browser: Browser;
let view: OpenWindow;

beforeAll(async () => {
  browser = await sharedBrowser();
});

afterEach(async () => {
  expect(await view.allProblems()).toEqual([]);
  await view.close();
});

afterAll(async () => {
  await browser.disconnect();
});

async function open(first: UiEvent[], replies: Record<string, Reply> = {}) {
  view = await OpenWindow.open(browser, first, {}, replies);
}

const commands = async () => (await view.calls()).map((call) => call.command);

const standing = (step: string, state: string) =>
  view.page.waitForSelector(
    `[data-testid="sheet-step-${step}"][data-state="${state}"]`,
  );

test("the sandbox connects in one click, and the sheet leads to the new account", async () => {
  await open([snapshot()], { connect: { ok: "a1" } });
  await view.text("first-run");
  await view.click("try-sandbox");
  expect(await view.called("connect")).toEqual({
    providerSlug: "mio-sandbox",
  });

  let revision = 0;
  const send = (step: AttemptStep, connectionId: string | null = null) =>
    view.send({
      type: "attempt",
      attempt: attempt({
        id: "a1",
        revision: ++revision,
        providerSlug: "mio-sandbox",
        providerName: "Mio (sandbox)",
        step,
        connectionId,
      }),
    });
  await send("opening");
  await standing("opening", "current");
  await send("waiting");
  await standing("opening", "done");
  await standing("waiting", "current");
  expect(await view.text("sheet-remaining")).toMatch(/9:\d\d left/u);
  await view.click("sheet-open-again");
  expect(await view.called("open_page_again")).toEqual({ attemptId: "a1" });
  await view.click("sheet-copy-link");
  expect(await view.called("copy_link")).toEqual({ attemptId: "a1" });
  await send("confirming");
  await standing("confirming", "current");

  const made = connection({ sandbox: true, account: "tester@sandbox.example" });
  await view.send({ type: "connection", connection: made });
  await send("connected", made.id);
  await standing("connected", "done");
  await view.gone("sheet");
  expect(await view.called("dismiss_attempt")).toEqual({ attemptId: "a1" });
  expect(await view.text("detail")).toContain("tester@sandbox.example");
  expect(await commands()).not.toContain("cancel_attempt");
});

test("Escape cancels an attempt that waits", async () => {
  const waiting = attempt();
  await open([snapshot({ connections: [connection()], attempts: [waiting] })]);
  await view.text("sheet");
  await view.page.keyboard.press("Escape");
  await view.gone("sheet");
  expect(await view.called("cancel_attempt")).toEqual({
    attemptId: waiting.id,
  });
});

test("a failed attempt says why, shows the technical text as text, and tries again", async () => {
  const failed = attempt({
    step: "failed",
    error: wireError("code_rejected", {
      detail: "<b>invalid_grant</b>\u202e\u0000 x",
    }),
  });
  await open([snapshot({ attempts: [failed] })], { connect: { ok: "a2" } });
  expect(await view.text("sheet-error")).toContain(
    "The sign-in was not accepted",
  );
  expect(await view.text("technical-details")).toContain(
    "<b>invalid_grant</b> x",
  );
  await view.click("sheet-retry");
  expect(await view.called("connect")).toEqual({ providerSlug: "mio" });
  expect(await view.called("dismiss_attempt")).toEqual({
    attemptId: failed.id,
  });
});

test("a connect that is refused at once shows its own sentence", async () => {
  await open([snapshot()], { connect: { error: wireError("offline") } });
  await view.click("try-sandbox");
  await view.page.waitForSelector(
    '[data-testid="sheet-error"][data-code="offline"]',
  );
});

test("the set-up refuses what can't be right, beside the field, before sending", async () => {
  await open([snapshot()]);
  await view.click("first-run-mio");
  await view.click("setup-save");
  expect(await view.focused()).toBe("setup-client-id");
  expect(await view.text("sheet")).toContain("Enter the client id.");
  expect(await view.text("sheet")).toContain("Enter the client secret.");
  await view.type("setup-client-id", "two words");
  expect(await view.text("sheet")).toContain(
    "Remove the spaces inside the client id.",
  );
  expect(await commands()).not.toContain("set_up_provider");
  const uris = await view.page.$$eval('[data-testid="redirect-uri"]', (all) =>
    all.map((one) => one.textContent),
  );
  expect(uris).toEqual(provider().redirectUris);
  expect(await view.text("reads")).toContain("Your context summary");
});

test("the client secret is gone from the page as soon as it is sent", async () => {
  await open([snapshot()], { set_up_provider: { never: true } });
  await view.click("first-run-mio");
  await view.type("setup-client-id", " mio_client_1 ");
  await view.type("setup-client-secret", "PLANTED-SECRET");
  await view.click("setup-save");
  expect(await view.called("set_up_provider")).toEqual({
    providerSlug: "mio",
    clientId: "mio_client_1",
    clientSecret: "PLANTED-SECRET",
  });
  const field = await view.page.$eval(
    '[data-testid="setup-client-secret"]',
    (one) => ({
      value: (one as HTMLInputElement).value,
      type: (one as HTMLInputElement).type,
      autocomplete: (one as HTMLInputElement).autocomplete,
    }),
  );
  expect(field).toEqual({ value: "", type: "password", autocomplete: "off" });
  const kept = await view.page.evaluate(
    () =>
      document.documentElement.outerHTML +
      JSON.stringify([localStorage, sessionStorage]),
  );
  expect(kept).not.toContain("PLANTED-SECRET");
});

test("saving the set-up goes on to connect, and a refusal stays beside the form", async () => {
  await open([snapshot()], {
    set_up_provider: { error: wireError("keychain_locked") },
    connect: { ok: "a1" },
  });
  await view.click("first-run-mio");
  await view.type("setup-client-id", "mio_client_1");
  await view.type("setup-client-secret", "s");
  await view.click("setup-save");
  await view.page.waitForSelector(
    '[data-testid="setup-error"][data-code="keychain_locked"]',
  );
  expect(await commands()).not.toContain("connect");
  await view.reply("set_up_provider", { ok: null });
  await view.type("setup-client-secret", "s");
  await view.click("setup-save");
  expect(await view.called("connect")).toEqual({ providerSlug: "mio" });
  await view.text("sheet-step-opening");
});

test("Ctrl N chooses a provider, and one that is not ready leads to its set-up", async () => {
  await open([snapshot({ connections: [connection()] })]);
  await view.page.keyboard.down("Control");
  await view.page.keyboard.press("n");
  await view.page.keyboard.up("Control");
  await view.text("provider-mio");
  expect(await view.focused()).toBe("provider-mio");
  await view.page.keyboard.press("Enter");
  await view.text("setup-save");
  await view.page.keyboard.press("Escape");
  await view.gone("sheet");
  expect(await commands()).not.toContain("connect");
});

test("Ctrl Q and a closing window ask the same question", async () => {
  await open([snapshot({ connections: [connection()] })]);
  await view.page.keyboard.down("Control");
  await view.page.keyboard.press("q");
  await view.page.keyboard.up("Control");
  await view.text("close-dialog");
  await view.click("close-stay");
  await view.called("stay");
  await view.gone("close-dialog");
  await view.send({ type: "closeRequested" });
  await view.click("close-quit");
  await view.called("quit");
});

test("the keychain's banner follows its state", async () => {
  await open([
    snapshot({ connections: [connection()], keychain: { kind: "locked" } }),
  ]);
  await view.click("keychain-unlock");
  await view.called("unlock_keychain");
  await view.send({ type: "keychain", keychain: { kind: "unlocking" } });
  await view.page.waitForSelector('[data-kind="unlocking"]');
  expect(await view.text("keychain-banner")).toContain(
    "Answer the prompt of your keychain",
  );
  await view.send({
    type: "keychain",
    keychain: { kind: "missing", detail: null },
  });
  await view.click("keychain-retry");
  await view.called("retry_keychain");
  await view.send({ type: "keychain", keychain: { kind: "available" } });
  await view.gone("keychain-banner");
});

test.each(["sign_in_interrupted", "redirect_unrelated"] as const)(
  "%s is answered with one click",
  async (code) => {
    await open(
      [
        snapshot({
          connections: [connection()],
          notices: [
            {
              id: 7,
              error: wireError(code),
              providerSlug: "mio",
            },
          ],
        }),
      ],
      { connect: { ok: "a1" } },
    );
    await view.click("notice-action");
    expect(await view.called("connect")).toEqual({ providerSlug: "mio" });
    expect(await view.called("dismiss_notice")).toEqual({ id: 7 });
  },
);

test("a refused command is shown until it is dismissed", async () => {
  await open([snapshot({ connections: [connection()] })], {
    renew: { error: wireError("keychain_failed") },
  });
  await view.click("renew");
  await view.page.waitForSelector(
    '[data-testid="notice"][data-code="keychain_failed"]',
  );
  await view.click("notice-dismiss");
  await view.gone("notice");
});

test.each([
  [true, "will be told to end"],
  [false, "offers no way to end access from here"],
])("revoking says what happens there: %s", async (revokesAtProvider, words) => {
  await open([snapshot({ connections: [connection({ revokesAtProvider })] })]);
  await view.click("revoke");
  expect(await view.text("revoke-dialog")).toContain(words);
  expect(await view.count('[data-testid="revoke-page"]')).toBe(
    revokesAtProvider ? 0 : 1,
  );
  if (!revokesAtProvider) {
    await view.click("revoke-page");
    expect(await view.called("open_link")).toEqual({
      link: { kind: "providerAccount", slug: "mio" },
    });
  }
});

test("a revocation that fails says why, and can be tried again or ended here only", async () => {
  const one = connection({ revokesAtProvider: true });
  await open([snapshot({ connections: [one] })], {
    revoke: { error: wireError("provider_unreachable", { detail: "503" }) },
  });
  await view.click("revoke");
  await view.click("revoke-confirm");
  expect(await view.called("revoke")).toEqual({
    connectionId: one.id,
    ending: "now",
  });
  await view.page.waitForSelector(
    '[data-testid="revoke-error"][data-code="provider_unreachable"]',
  );
  expect(await view.text("revoke-dialog")).toContain(
    "Mio may keep the access until you end it there",
  );
  expect(await view.count('[data-testid="revoke-page"]')).toBe(1);
  await view.click("revoke-retry");
  await view.page.waitForFunction(
    () =>
      window.native.calls.filter((call) => call.command === "revoke").length ===
      2,
  );
  await view.reply("revoke", { ok: null });
  await view.click("revoke-forget");
  await view.gone("revoke-dialog");
  expect(await view.called("revoke")).toEqual({
    connectionId: one.id,
    ending: "hereOnly",
  });
  expect(await view.count('[data-testid="notice"]')).toBe(0);
});

test("a provider that can't be reached is told later, where that can help", async () => {
  const one = connection({ revokesAtProvider: true });
  await open([snapshot({ connections: [one] })], {
    revoke: { error: wireError("client_misconfigured") },
  });
  await view.click("revoke");
  await view.click("revoke-confirm");
  await view.page.waitForSelector('[data-testid="revoke-error"]');
  expect(await view.count('[data-testid="revoke-later"]')).toBe(0);
  await view.reply("revoke", {
    error: wireError("provider_unreachable", { retryable: true }),
  });
  await view.click("revoke-retry");
  await view.reply("revoke", { ok: null });
  await view.click("revoke-later");
  await view.gone("revoke-dialog");
  expect(await view.called("revoke")).toEqual({
    connectionId: one.id,
    ending: "later",
  });
});

test("a locked keychain stops a revocation until it is unlocked", async () => {
  const one = connection();
  await open([snapshot({ connections: [one] })], {
    revoke: { error: wireError("keychain_locked") },
  });
  await view.click("revoke");
  await view.click("revoke-confirm");
  await view.click("connection-unlock");
  await view.called("unlock_keychain");
  expect(await view.count('[data-testid="revoke-forget"]')).toBe(0);
  await view.reply("revoke", { ok: null });
  await view.click("revoke-retry");
  await view.gone("revoke-dialog");
});

test("a revocation that fails after its dialog was closed is told all the same", async () => {
  const one = connection();
  await open([snapshot({ connections: [one] })], { revoke: { late: true } });
  await view.click("revoke");
  await view.click("revoke-confirm");
  await view.called("revoke");
  await view.click("revoke-cancel");
  await view.gone("revoke-dialog");
  await view.page.evaluate((error) => {
    window.native.late?.(error);
  }, wireError("offline"));
  await view.page.waitForSelector(
    '[data-testid="notice"][data-code="offline"]',
  );
});

test.each(["state_mismatch", "state_missing"] as const)(
  "an answer refused for %s is a warning, and the sign-in goes on waiting",
  async (code) => {
    const waiting = attempt({ error: wireError(code) });
    await open([snapshot({ attempts: [waiting] })]);
    await view.page.waitForSelector(
      `[data-testid="sheet-doubt"][data-code="${code}"]`,
    );
    await standing("waiting", "current");
    expect(await view.count('[data-testid="sheet-error"]')).toBe(0);
    await view.click("sheet-open-again");
    expect(await view.called("open_page_again")).toEqual({
      attemptId: waiting.id,
    });
    await view.text("sheet-copy-link");
    await view.send({
      type: "attempt",
      attempt: { ...waiting, revision: 2, step: "confirming", error: null },
    });
    await standing("confirming", "current");
    await view.gone("sheet-doubt");
    await view.click("sheet-cancel");
    expect(await view.called("cancel_attempt")).toEqual({
      attemptId: waiting.id,
    });
  },
);

test("nothing moves and nothing is half there when an account has just been connected", async () => {
  const one = connection();
  const saving = attempt({ step: "saving", connectionId: one.id });
  await open([snapshot({ connections: [one], attempts: [saving] })]);
  await standing("confirming", "current");
  // The sheet stays for a moment only, so the page itself looks at it.
  const seen = await view.page.evaluate(
    async (connected) => {
      window.native.send(connected);
      const ready = '[data-testid="sheet-step-connected"][data-state="done"]';
      while (document.querySelector(ready) === null) {
        await new Promise(requestAnimationFrame);
      }
      return {
        animations: document.getAnimations().length,
        opacity: [".veil", ".sheet"].map((part) => {
          const element = document.querySelector(part);
          return element === null ? null : getComputedStyle(element).opacity;
        }),
      };
    },
    {
      type: "attempt" as const,
      attempt: { ...saving, revision: 2, step: "connected" as const },
    },
  );
  expect(seen).toEqual({ animations: 0, opacity: ["1", "1"] });
  await view.gone("sheet");
  expect(await view.count(".veil")).toBe(0);
});

test("the appearance follows the desktop, and the browser when that is silent", async () => {
  await open([snapshot({ connections: [connection()] })]);
  const background = () =>
    view.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await view.send({ type: "appearance", dark: true });
  await view.page.waitForSelector('html[data-theme="dark"]');
  const dark = await background();
  expect(dark).not.toBe(light);
  await view.send({ type: "appearance", dark: null });
  await view.page.waitForSelector("html:not([data-theme])");
  expect(await background()).toBe(light);
});

test("an engine that can't start says why, and the window is shown", async () => {
  await open([
    {
      type: "broken",
      error: wireError("owner_elsewhere"),
      dataDir: "/home/ada/keyfob",
    },
  ]);
  expect(await view.text("broken")).toContain("Keyfob is already running");
  const mounted = (await commands()).filter((name) => name === "mounted");
  expect(mounted.length).toBe(1);
});

test("a subscription that is refused is shown as well", async () => {
  await open([], { subscribe: { error: wireError("internal") } });
  expect(await view.text("broken")).toContain("Something went wrong");
});

test("every message is kept where a test build asks for it, and only there", async () => {
  await open([snapshot({ connections: [connection()] })]);
  await view.page.evaluate(() => {
    window.__KEYFOB_TRANSCRIPT__ = [];
  });
  await view.send({ type: "keychain", keychain: { kind: "locked" } });
  await view.text("keychain-banner");
  expect(await view.page.evaluate(() => window.__KEYFOB_TRANSCRIPT__)).toEqual([
    '{"type":"keychain","keychain":{"kind":"locked"}}',
  ]);
});
