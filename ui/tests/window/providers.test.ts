/** The Providers screen, driven as a user drives it. */
import type { Browser } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import type { UiEvent } from "../../src/lib/ipc/bindings";
import type { Reply } from "../support/native";
import { acme, acmeForm, checked } from "../support/providers";
import {
  attempt,
  connection,
  PROVIDERS,
  provider,
  snapshot,
  wireError,
} from "../support/views";
import { OpenWindow, sharedBrowser, type Look } from "../support/window";

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

const ada = connection({
  account: "ada@acme.example",
  providerSlug: "acme",
  providerName: "Acme",
});
const all = [...PROVIDERS, acme()];
const home = snapshot({ connections: [connection()], providers: all });
const used = snapshot({ connections: [ada], providers: all });

async function open(
  first: UiEvent[] = [home],
  replies: Record<string, Reply> = {},
  look: Partial<Look> = {},
) {
  view = await OpenWindow.open(browser, first, look, replies);
}

async function show(slug?: string) {
  await view.click("screen-providers");
  await view.text("providers");
  if (slug === undefined) return;
  await view.click(`provider-row-${slug}`);
  await view.page.waitForSelector(
    `[data-testid="provider-detail"][data-slug="${slug}"]`,
  );
}

const actions = () =>
  view.page.$$eval('[data-testid="provider-actions"] button', (all) =>
    all.map((one) => one.textContent.trim()),
  );

const focusIs = (testid: string) =>
  view.page.waitForFunction(
    (wanted) => document.activeElement?.getAttribute("data-testid") === wanted,
    {},
    testid,
  );

async function chord(key: "1" | "3" | "f" | "n") {
  await view.page.keyboard.down("Control");
  await view.page.keyboard.press(key);
  await view.page.keyboard.up("Control");
}

test.each([
  ["acme", ["Connect", "Edit", "Duplicate", "Export", "Delete…"]],
  ["mio", ["Set up", "Duplicate"]],
  ["mio-sandbox", ["Connect"]],
])("%s offers what can be done with it", async (slug, expected) => {
  await open();
  await show(slug);
  expect(await actions()).toEqual(expected);
});

test("a shipped provider that is set up can be connected and set up again", async () => {
  const mio = provider({ ready: true, clientId: "mio_client_4f1c9a" });
  await open([home, { type: "provider", provider: mio }]);
  await show("mio");
  expect(await actions()).toEqual(["Connect", "Change set-up", "Duplicate"]);
  await view.click("provider-set-up");
  await view.text("setup-save");
});

test("a row tells the host, the state and how many accounts there are", async () => {
  await open([used]);
  await show();
  const row = await view.text("provider-row-acme");
  expect(row).toContain("login.acme.example");
  expect(row).toContain("Ready");
  expect(row).toContain("1 account");
  expect(await view.text("provider-row-mio")).toContain("Needs set-up");
  expect(await view.text("provider-row-mio-sandbox")).toContain("Sandbox");
});

test("the keys 1 and 3 change the screen, and the focus goes to its list", async () => {
  await open();
  await chord("3");
  await view.text("providers");
  await focusIs("provider-row-acme");
  expect(
    await view.page.$eval('[data-testid="screen-providers"]', (one) =>
      one.getAttribute("aria-current"),
    ),
  ).toBe("page");
  await chord("1");
  await view.gone("providers");
  await view.page.waitForFunction(
    () =>
      document.activeElement
        ?.getAttribute("data-testid")
        ?.startsWith("row-") === true,
  );
});

test("the screen is remembered while the window lives", async () => {
  await open();
  await show();
  await view.page.reload();
  await view.text("providers");
  expect(await view.count('[data-testid="detail"]')).toBe(0);
});

test("no key changes what lies under a sheet", async () => {
  await open([home], { provider_presets: { ok: [] } });
  await show();
  await view.click("provider-add");
  await view.text("add-sheet");
  await chord("1");
  await chord("n");
  expect(await view.count('[role="dialog"]')).toBe(1);
  expect(await view.count('[data-testid="providers"]')).toBe(1);
});

test("the list is walked by keys, and Delete asks for a provider of the user's own only", async () => {
  await open();
  await chord("3");
  await focusIs("provider-row-acme");
  await view.page.keyboard.press("ArrowDown");
  await focusIs("provider-row-mavio");
  await view.page.keyboard.press("Delete");
  expect(await view.count('[data-testid="delete-dialog"]')).toBe(0);
  await view.page.keyboard.press("Home");
  await focusIs("provider-row-acme");
  await view.page.keyboard.press("Delete");
  await view.text("delete-dialog");
  await focusIs("delete-cancel");
  await view.page.keyboard.press("Escape");
  await view.gone("delete-dialog");
  await focusIs("provider-row-acme");
  await view.page.keyboard.press("Enter");
  await focusIs("provider-detail");
  await view.page.keyboard.press("Escape");
  await focusIs("provider-row-acme");
});

test("the filter finds a provider by name or host, and says when there is none", async () => {
  await open();
  await show();
  await chord("f");
  await focusIs("filter");
  await view.type("filter", "acme.example");
  await view.gone("provider-row-mio");
  expect(await view.text("count")).toBe("1 of 5");
  await view.type("filter", "nobody");
  expect(await view.text("providers-no-match")).toContain("nobody");
  await view.page.keyboard.press("Escape");
  await view.text("provider-row-mio");
});

test("in a narrow window the detail covers the list, and Back leads to it again", async () => {
  await open([home], {}, { width: 480 });
  await show();
  expect(
    await view.page.$eval('[data-testid="provider-detail"]', (one) =>
      one.checkVisibility(),
    ),
  ).toBe(false);
  await view.click("provider-row-mio");
  await focusIs("provider-detail");
  await view.click("provider-back");
  await focusIs("provider-row-mio");
});

test("connecting from here ends at the new account", async () => {
  await open([home], { connect: { ok: "a1" } });
  await show("acme");
  await view.click("provider-connect");
  expect(await view.called("connect")).toEqual({ providerSlug: "acme" });
  await view.send({ type: "connection", connection: ada });
  await view.send({
    type: "attempt",
    attempt: attempt({
      id: "a1",
      providerSlug: "acme",
      providerName: "Acme",
      step: "connected",
      connectionId: ada.id,
    }),
  });
  await view.click("sheet-done");
  expect(await view.text("detail")).toContain("ada@acme.example");
  expect(await view.count('[data-testid="providers"]')).toBe(0);
});

test("an account leads from its provider to itself", async () => {
  await open([used]);
  await show("acme");
  await view.click(`provider-account-${ada.id}`);
  expect(await view.text("detail")).toContain("ada@acme.example");
});

test("before the first account there is a way here and a way back", async () => {
  await open([snapshot({ providers: all })]);
  await view.text("first-run");
  expect(await view.count('[data-testid="sidebar"]')).toBe(0);
  await view.click("first-run-providers");
  await view.text("providers");
  await view.click("screen-connections");
  await view.text("first-run");
});

test("a provider without accounts is deleted after a question", async () => {
  await open([home], { delete_provider: { ok: null } });
  await show("acme");
  await view.click("provider-delete");
  expect(await view.text("delete-dialog")).toContain("Delete Acme?");
  await view.click("delete-confirm");
  expect(await view.called("delete_provider")).toEqual({ slug: "acme" });
  await view.send({ type: "providerRemoved", slug: "acme" });
  await view.gone("delete-dialog");
  await view.gone("provider-row-acme");
  expect(await view.text("provider-detail")).toContain("Mavio");
});

test("a provider in use can't be deleted; its accounts are named and one click away", async () => {
  const grace = { ...ada, id: `${ada.id}0`, name: "Zoë", revision: 1 };
  await open([snapshot({ connections: [ada, grace], providers: all })]);
  await show("acme");
  await view.click("provider-delete");
  const words = await view.text("delete-dialog");
  expect(words).toContain("These 2 accounts need it");
  expect(await view.text("delete-dependents")).toContain("Zoë");
  expect(await view.count('[data-testid="delete-confirm"]')).toBe(0);
  await view.click("delete-show");
  await view.gone("delete-dialog");
  expect(await view.text("detail")).toContain("ada@acme.example");
});

test("a provider that came into use meanwhile stays, and the dialog says why", async () => {
  await open([home], {
    delete_provider: { error: wireError("provider_in_use") },
  });
  await show("acme");
  await view.click("provider-delete");
  await view.click("delete-confirm");
  await view.page.waitForSelector(
    '[data-testid="delete-error"][data-code="provider_in_use"]',
  );
});

test("an exported provider is shown and copied as it is", async () => {
  const text = 'name = "Acme"\n';
  await open([home], { export_provider: { ok: text } });
  await show("acme");
  await view.click("provider-export");
  expect(await view.text("export-text")).toBe(text);
  expect(await view.called("export_provider")).toEqual({ slug: "acme" });
  await view.click("export-copy");
  expect(await view.called("copy_text")).toEqual({ text });
});

test("a duplicate begins as its original, under a name of its own", async () => {
  await open([home], {
    provider_form: { ok: acmeForm() },
    check_provider: checked([]),
    save_provider: { ok: { kind: "saved", slug: "acme-copy" } },
  });
  await show("acme");
  await view.click("provider-duplicate");
  expect(await view.called("provider_form")).toEqual({
    basis: { kind: "provider", slug: "acme" },
  });
  await view.click("form-save");
  expect(await view.called("save_provider")).toMatchObject({
    slug: null,
    form: acmeForm({ name: "Acme copy" }),
    clientId: "",
  });
});

test("what is refused before a sheet opens is told as a message", async () => {
  await open([home], {
    provider_form: { error: wireError("provider_unknown") },
  });
  await show("acme");
  await view.click("provider-edit");
  await view.page.waitForSelector(
    '[data-testid="notice"][data-code="provider_unknown"]',
  );
});
