/** Adding and editing a provider, driven as a user drives it. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Browser } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import type { IssuerTrouble } from "../../src/lib/ipc/bindings";
import type { Reply } from "../support/native";
import {
  acme,
  acmeForm,
  checked,
  emptyForm,
  PRESETS,
} from "../support/providers";
import { connection, PROVIDERS, snapshot, wireError } from "../support/views";
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

const SAVED: Reply = { ok: { kind: "saved", slug: "acme" } };

async function open(replies: Record<string, Reply> = {}) {
  const first = snapshot({
    connections: [connection()],
    providers: [...PROVIDERS, acme()],
  });
  view = await OpenWindow.open(
    browser,
    [first],
    {},
    {
      provider_presets: { ok: PRESETS },
      provider_form: { ok: emptyForm() },
      check_provider: checked([]),
      save_provider: SAVED,
      ...replies,
    },
  );
  await view.click("screen-providers");
  await view.text("providers");
}

async function add(way: string, replies: Record<string, Reply> = {}) {
  await open(replies);
  await view.click("provider-add");
  await view.click(way);
}

async function edit(replies: Record<string, Reply> = {}) {
  await open({ provider_form: { ok: acmeForm() }, ...replies });
  await view.click("provider-row-acme");
  await view.click("provider-edit");
  await view.text("form-sheet");
}

const value = (testid: string) =>
  view.page.$eval(`[data-testid="${testid}"]`, (one) =>
    one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement
      ? one.value
      : null,
  );

const chips = () =>
  view.page.$$eval('[data-testid="form-scopes-chips"] code', (all) =>
    all.map((one) => one.textContent),
  );

/** Gives what stands beside a field. */
const note = (testid: string) =>
  view.page.$eval(`[data-testid="${testid}"]`, (one) => {
    const id = one.getAttribute("aria-describedby");
    return id === null ? "" : document.getElementById(id)?.textContent.trim();
  });

const invalid = (testid: string) =>
  view.page.waitForSelector(`[data-testid="${testid}"][aria-invalid="true"]`);

const focusIs = (testid: string) =>
  view.page.waitForFunction(
    (wanted) => document.activeElement?.getAttribute("data-testid") === wanted,
    {},
    testid,
  );

const commands = async () => (await view.calls()).map((call) => call.command);

async function fillIn() {
  await view.type("form-name", "Acme");
  await view.type("form-clientId", "acme_client_71");
  await view.type("form-clientSecret", "s3cret");
  await view.type(
    "form-authorizationEndpoint",
    "https://login.acme.example/authorize",
  );
  await view.type("form-tokenEndpoint", "https://login.acme.example/token");
  await view.page.focus('[data-testid="form-scopes"]');
  // As a paste does: all of it at once.
  await view.page.keyboard.sendCharacter("openid\nemail\nprofile");
}

test("by hand: the fields of a guide are filled in, saved, and the redirect URI follows", async () => {
  await add("add-hand");
  await focusIs("form-name");
  await fillIn();
  expect(await chips()).toEqual(["openid", "email", "profile"]);
  await view.click("form-save");
  expect(await view.called("save_provider")).toEqual({
    slug: null,
    form: emptyForm({
      name: "Acme",
      authorizationEndpoint: "https://login.acme.example/authorize",
      tokenEndpoint: "https://login.acme.example/token",
      scopes: "openid email profile",
    }),
    clientId: "acme_client_71",
    clientSecret: "s3cret",
    confirmed: false,
  });
  expect(await view.text("saved-sheet")).toContain("Acme is saved");
  // The screen under the sheet shows the same.
  const copy = '[data-testid="saved-sheet"] [data-testid="redirect-uri-copy"]';
  await view.page.locator(copy).click();
  expect(await view.called("copy_text")).toEqual({
    text: "http://127.0.0.1:47117/callback/acme",
  });
  await view.click("saved-go-on");
  expect(await view.called("connect")).toEqual({ providerSlug: "acme" });
});

test("a provider without a client id leads from saving to its set-up", async () => {
  await add("add-hand");
  await view.type("form-name", "Acme");
  await view.type("form-authorizationEndpoint", "https://a.example/authorize");
  await view.type("form-tokenEndpoint", "https://a.example/token");
  await view.send({
    type: "provider",
    provider: acme({ ready: false, clientId: null }),
  });
  await view.click("form-save");
  expect(await view.called("save_provider")).toMatchObject({
    clientId: "",
    clientSecret: null,
  });
  await view.click("saved-go-on");
  await view.text("setup-client-id");
});

test("what is missing is said beside each field, and nothing is sent", async () => {
  await add("add-hand");
  await view.click("form-save");
  await focusIs("form-name");
  expect(await note("form-name")).toBe("Enter the name.");
  expect(await note("form-tokenEndpoint")).toBe("Enter the token URL.");
  expect(await commands()).not.toContain("save_provider");
  await view.type("form-clientId", "acme_client_71");
  await view.click("form-save");
  await invalid("form-clientSecret");
});

test("what to register stands in the form, to be copied before anything is saved", async () => {
  await add("add-hand");
  await view.type("form-name", "Acme");
  await view.page.keyboard.press("Tab");
  const said = await view.text("form-registration");
  expect(said).toContain("http://127.0.0.1/callback/acme");
  expect(await commands()).not.toContain("save_provider");
});

test("a field that is left is judged, and its sentence stands beside it", async () => {
  await add("add-hand", {
    check_provider: checked([
      { field: "name", trouble: "nameTaken", word: null },
      { field: "tokenEndpoint", trouble: "missing", word: null },
    ]),
  });
  await view.type("form-name", "Mio");
  await view.page.keyboard.press("Tab");
  await invalid("form-name");
  expect(await note("form-name")).toBe("Another provider has this name.");
  expect(
    await view.count('[data-testid="form-tokenEndpoint"][aria-invalid]'),
  ).toBe(0);
});

test("a complaint behind More opens it", async () => {
  await edit({
    check_provider: checked([
      { field: "extraCa", trouble: "badCertificate", word: null },
    ]),
  });
  await view.click("form-save");
  await invalid("form-extraCa");
  await focusIs("form-extraCa");
  expect(await commands()).not.toContain("save_provider");
});

test("chips come by typing and pasting and go one by one", async () => {
  await edit();
  await view.page.focus('[data-testid="form-scopes"]');
  await view.page.keyboard.type("profile,");
  expect(await chips()).toEqual(["openid", "email", "profile"]);
  await view.page.keyboard.type("offline_access");
  await view.page.keyboard.press("Enter");
  expect(await chips()).toContain("offline_access");
  expect(await value("form-scopes")).toBe("");
  await view.page.keyboard.press("Backspace");
  expect(await chips()).toEqual(["openid", "email", "profile"]);
  await view.page.click('[aria-label="Remove email"]');
  expect(await chips()).toEqual(["openid", "profile"]);
  await focusIs("form-scopes");
  await view.page.keyboard.type("last.one");
  await view.click("form-save");
  expect(await view.called("save_provider")).toMatchObject({
    form: { scopes: "openid profile last.one" },
  });
});

test("security_94: the secret leaves its field as it is sent, and is asked for again when nothing was saved", async () => {
  await edit({ save_provider: { late: true } });
  expect(
    await view.page.$eval('[data-testid="form-clientSecret"]', (one) =>
      one.getAttribute("placeholder"),
    ),
  ).toBe("One is stored. Leave empty to keep it.");
  await view.type("form-clientSecret", "s3cret");
  await view.click("form-save");
  expect(await view.called("save_provider")).toMatchObject({
    slug: "acme",
    clientId: "acme_client_71",
    clientSecret: "s3cret",
  });
  expect(await value("form-clientSecret")).toBe("");
  await view.page.evaluate((error) => {
    window.native.late?.(error);
  }, wireError("keychain_locked"));
  await view.page.waitForSelector(
    '[data-testid="form-error"][data-code="keychain_locked"]',
  );
  expect(await note("form-clientSecret")).toContain("again");
});

test("a save that is refused after the sheet was closed is told all the same", async () => {
  await edit({ save_provider: { late: true } });
  await view.click("form-save");
  await view.called("save_provider");
  await view.click("form-cancel");
  await view.gone("form-sheet");
  await view.page.evaluate((error) => {
    window.native.late?.(error);
  }, wireError("provider_not_saved"));
  await view.page.waitForSelector(
    '[data-testid="notice"][data-code="provider_not_saved"]',
  );
});

test("security_37: other hosts are named, and saved only after a yes with the secret typed again", async () => {
  await edit({
    save_provider: {
      ok: {
        kind: "moves",
        moves: [
          {
            field: "tokenEndpoint",
            from: "login.acme.example",
            to: "evil.example",
          },
          { field: "apiHosts", from: "", to: "api.evil.example" },
        ],
        connections: 2,
      },
    },
  });
  await view.type("form-tokenEndpoint", "https://evil.example/token");
  await view.type("form-clientSecret", "s3cret");
  await view.click("form-save");
  const words = await view.text("moves-dialog");
  for (const said of [
    "2 accounts",
    "until you sign in again",
    "login.acme.example",
    "evil.example",
    "api.evil.example may see the access token",
  ]) {
    expect(words).toContain(said);
  }
  await focusIs("moves-back");
  await view.page.keyboard.press("Escape");
  await view.text("form-sheet");
  expect(await value("form-tokenEndpoint")).toBe("https://evil.example/token");
  expect(await value("form-clientSecret")).toBe("");
  await view.type("form-clientSecret", "s3cret");
  await view.click("form-save");
  await view.text("moves-dialog");
  await view.click("moves-save");
  await invalid("moves-clientSecret");
  await view.type("moves-clientSecret", "s3cret");
  await view.reply("save_provider", SAVED);
  await view.click("moves-save");
  await view.gone("moves-dialog");
  expect(await view.called("save_provider")).toMatchObject({
    clientSecret: "s3cret",
    confirmed: true,
  });
});

test("everything behind More reaches the form that is sent", async () => {
  await edit();
  await view.page.click('[data-testid="form-more"] summary');
  for (const [field, text] of [
    ["revocationEndpoint", "https://a.example/revoke"],
    ["userinfoEndpoint", "https://a.example/userinfo"],
    ["issuer", "https://a.example"],
    ["jwksUri", "https://a.example/jwks"],
    ["apiHosts", "api.a.example"],
    ["extraCa", "-----BEGIN CERTIFICATE-----"],
  ] as const) {
    await view.type(`form-${field}`, text);
  }
  for (const [field, chosen] of [
    ["clientAuthentication", "none"],
    ["tokenBody", "json"],
    ["pkce", "required"],
    ["redirectKinds", "scheme-loopback"],
    ["idToken", "verify"],
    ["context", "http"],
  ] as const) {
    await view.page.select(`[data-testid="form-${field}"]`, chosen);
  }
  await view.type("form-contextAddress", "https://api.a.example/me");
  await view.type("form-contextPointer", "/text");
  await view.click("parameter-add");
  await focusIs("parameter-name-0");
  await view.type("parameter-name-0", "prompt");
  await view.type("parameter-value-0", "consent");
  await view.click("parameter-add");
  await view.type("parameter-name-1", "gone");
  await view.click("parameter-remove-1");
  await view.gone("form-clientSecret");
  await view.click("form-save");
  const { form, clientSecret } = await view.called("save_provider");
  expect(clientSecret).toBeNull();
  expect(form).toEqual(
    acmeForm({
      revocationEndpoint: "https://a.example/revoke",
      userinfoEndpoint: "https://a.example/userinfo",
      issuer: "https://a.example",
      jwksUri: "https://a.example/jwks",
      apiHosts: "api.a.example",
      extraCa: "-----BEGIN CERTIFICATE-----",
      clientAuthentication: "none",
      tokenBody: "json",
      pkce: "required",
      redirectKinds: ["scheme", "loopback"],
      idToken: "verify",
      context: {
        kind: "http",
        address: "https://api.a.example/me",
        pointer: "/text",
      },
      extraParameters: [{ name: "prompt", value: "consent" }],
    }),
  );
});

test("by name: a preset fills the form, and what is in the list already isn't offered", async () => {
  await add("preset-google", {
    provider_form: {
      ok: acmeForm({
        name: "Google",
        basis: { kind: "preset", slug: "google" },
      }),
    },
  });
  expect(await view.text("form-sheet")).toContain("Add Google");
  expect(await view.called("provider_form")).toEqual({
    basis: { kind: "preset", slug: "google" },
  });
  expect(await view.count('[data-testid="preset-mio"]')).toBe(0);
  // Where to register and what: both before anything is saved.
  await view.text("form-registration");
  await view.click("form-page");
  expect(await view.called("open_link")).toEqual({
    link: { kind: "presetRegistration", slug: "google" },
  });
});

const trouble = (kind: IssuerTrouble, detail: string) => ({
  kind: "trouble",
  trouble: kind,
  place: "https://other.example/",
  error: wireError("discovery_failed", { detail }),
});

test("by issuer: what was found fills the form at once where all hosts are its own", async () => {
  await add("add-issuer", {
    discover_provider: {
      ok: { kind: "found", form: acmeForm(), foreignHosts: [] },
    },
  });
  await focusIs("issuer-url");
  await view.page.keyboard.type("https://login.acme.example");
  await view.page.keyboard.press("Enter");
  expect(await view.text("form-sheet")).toContain("Add Acme");
  expect(await view.called("discover_provider")).toEqual({
    issuer: "https://login.acme.example",
    allowPrivate: false,
  });
});

test("by issuer: other hosts are shown before the form is filled", async () => {
  await add("add-issuer", {
    discover_provider: {
      ok: {
        kind: "found",
        form: acmeForm(),
        foreignHosts: ["tokens.other.example"],
      },
    },
  });
  await view.type("issuer-url", "https://login.acme.example");
  await view.click("issuer-look-up");
  const words = await view.text("foreign-hosts");
  expect(words).toContain("tokens.other.example");
  expect(words).toContain("login.acme.example also sends Keyfob to hosts");
  expect(await view.count('[data-testid="form-sheet"]')).toBe(0);
  await view.click("issuer-look-up");
  await view.text("form-sheet");
});

test("by issuer: a private address is looked up after a yes, and another one asks anew", async () => {
  await add("add-issuer", {
    discover_provider: { error: wireError("issuer_private") },
  });
  await view.click("issuer-look-up");
  expect(await note("issuer-url")).toBe("Enter the issuer URL.");
  await view.type("issuer-url", "https://login.home.example");
  await view.click("issuer-look-up");
  await view.page.waitForSelector('[data-code="issuer_private"]');
  expect(await view.text("issuer-look-up")).toContain("Look it up anyway");
  await view.type("issuer-url", "https://other.home.example");
  await view.gone("issuer-error");
  await view.click("issuer-look-up");
  await view.page.waitForSelector('[data-code="issuer_private"]');
  expect(await view.called("discover_provider")).toMatchObject({
    allowPrivate: false,
  });
  await view.reply("discover_provider", {
    ok: trouble("nothingThere", "404 Not Found"),
  });
  await view.click("issuer-look-up");
  await view.page.waitForSelector('[data-code="discovery_failed"]');
  expect(await view.called("discover_provider")).toEqual({
    issuer: "https://other.home.example",
    allowPrivate: true,
  });
  expect(await view.text("technical-details")).toContain("404 Not Found");
});

test("by issuer: each trouble has its own words, and one with the address stands beside it", async () => {
  await add("add-issuer", {
    discover_provider: { ok: trouble("redirected", "HTTP 302") },
  });
  await view.type("issuer-url", "https://login.acme.example");
  const seen = new Set<string>();
  const troubles: IssuerTrouble[] = [
    "unreachable",
    "tooSlow",
    "nothingThere",
    "redirected",
    "otherIssuer",
    "tooLarge",
    "unreadable",
    "unusable",
    "pushedOnly",
    "plainPkceOnly",
  ];
  for (const kind of troubles) {
    await view.reply("discover_provider", { ok: trouble(kind, kind) });
    await view.click("issuer-look-up");
    await view.page.waitForFunction(
      (detail) =>
        document
          .querySelector('[data-testid="technical-details"]')
          ?.textContent.includes(detail),
      {},
      kind,
    );
    const words = await view.text("issuer-error");
    const named = ["unreachable", "redirected", "otherIssuer"].includes(kind);
    expect(words.includes("https://other.example/"), kind).toBe(named);
    seen.add(words.split("\n")[0] ?? "");
  }
  expect(seen.size).toBe(troubles.length);
  await view.reply("discover_provider", { ok: trouble("notAnIssuer", "") });
  await view.click("issuer-look-up");
  await invalid("issuer-url");
  expect(await note("issuer-url")).toContain("Use an https address");
  expect(await view.count('[data-testid="issuer-error"]')).toBe(0);
  await view.page.keyboard.type("x");
  expect(await note("issuer-url")).toContain("calls its issuer");
});

test("by file: pasted text fills the form, and broken text is explained", async () => {
  await add("add-file", {
    import_provider: {
      error: wireError("provider_file_broken", { detail: "line 1" }),
    },
  });
  await view.click("import-read");
  expect(await note("import-text")).toContain("Paste the text");
  await view.type("import-text", "nonsense");
  await view.click("import-read");
  expect(await view.text("import-error")).toContain("Correct it and try again");
  expect(await view.text("technical-details")).toContain("line 1");
  await view.reply("import_provider", { ok: acmeForm() });
  await view.type("import-text", 'name = "Acme"');
  await view.click("import-read");
  await view.text("form-sheet");
  expect(await view.called("import_provider")).toEqual({
    text: 'name = "Acme"',
  });
});

test("by file: a chosen file is read in the page, and one that is too large is not", async () => {
  const dir = await mkdtemp(join(tmpdir(), "keyfob-file-"));
  const small = join(dir, "acme.toml");
  const large = join(dir, "large.toml");
  await writeFile(small, 'name = "Acme"');
  await writeFile(large, "#".repeat(64 * 1024 + 1));
  await add("add-file");
  await view.text("file-sheet");
  const chooser = await view.page.$('input[type="file"]');
  const upload = (path: string) =>
    chooser
      ?.asElement()
      ?.toElement("input")
      .then((one) => one.uploadFile(path));
  await upload(large);
  await invalid("import-text");
  expect(await note("import-text")).toContain("larger than 64 KiB");
  expect(await value("import-text")).toBe("");
  await upload(small);
  await view.page.waitForFunction(
    () =>
      document.querySelector<HTMLTextAreaElement>('[data-testid="import-text"]')
        ?.value === 'name = "Acme"',
  );
  await rm(dir, { recursive: true });
});

test("every way of adding leads back to the ways", async () => {
  await add("add-issuer");
  await view.click("issuer-back");
  await view.click("add-file");
  await view.click("import-back");
  await view.text("preset-google");
  await view.page.keyboard.press("Escape");
  await view.gone("add-sheet");
  await focusIs("provider-add");
});

test("a form that can't be begun says so among the ways", async () => {
  await add("add-hand", { provider_form: { error: wireError("internal") } });
  await view.page.waitForSelector(
    '[data-testid="add-error"][data-code="internal"]',
  );
});

test("a line parts a sheet's head from what has gone under it", async () => {
  await add("add-hand");
  const line = () =>
    view.page.$eval(
      '[data-testid="form-sheet"] .head',
      (head) => getComputedStyle(head).borderBlockEndColor,
    );
  const scrollTo = (place: number) =>
    view.page.$eval(
      '[data-testid="form-sheet"] .body',
      (body, top) => {
        body.scrollTo({ top });
      },
      place,
    );
  await view.text("form-sheet");
  const atRest = await line();
  await scrollTo(200);
  await view.page.waitForSelector('[data-testid="form-sheet"] .parted');
  expect(await line()).not.toBe(atRest);
  await scrollTo(0);
  await view.page.waitForSelector(
    '[data-testid="form-sheet"] .head:not(.parted)',
  );
});
