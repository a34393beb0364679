/** Meetings, permissions, names and the set-up of Mavio, driven as a user drives them. */
import type { Browser } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import type { UiEvent } from "../../src/lib/ipc/bindings";
import type { Reply } from "../support/native";
import { item, mavio, meeting, meetings } from "../support/meetings";
import {
  attempt,
  connection,
  provider,
  PROVIDERS,
  snapshot,
  summary,
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

test("meetings and items begin short and are shown to the end on demand", async () => {
  await open([snapshot({ connections: [mavio()] })]);
  await view.text("meetings");
  expect(await view.count('[data-testid^="meeting-"]:is(li)')).toBe(3);
  expect(await view.count('[data-testid^="item-"]')).toBe(5);
  expect(await view.text("latest-all")).toContain("Show all (6)");
  await view.click("latest-all");
  await view.text("meeting-5");
  await view.click("items-all");
  expect(await view.text("item-6")).toContain("Write to the landlord");
  await view.click("items-all");
  await view.gone("item-6");
  expect(await view.text("items-more")).toContain(
    "Mavio has more open items than these.",
  );
});

test("a long meeting tells its decisions, and who decided, when it is asked", async () => {
  await open([snapshot({ connections: [mavio()] })]);
  expect(await view.text("meeting-1")).not.toContain("Show the import first");
  await view.click("meeting-more");
  const words = await view.text("meeting-1");
  expect(words).toContain("Show the import first");
  expect(words).toContain("Decided by Jonas Weber");
  expect(await view.text("meeting-0")).toContain("Keep three tiers");
});

test("what is overdue says so in a word and with an icon", async () => {
  await open([snapshot({ connections: [mavio()] })]);
  expect(await view.text("item-0")).toMatch(/Overdue: .+High priority/su);
  expect(await view.count('[data-testid="item-0"] .overdue svg')).toBe(1);
  expect(await view.text("item-2")).toContain("In progress");
});

test("copying takes everything that was read, as plain text", async () => {
  await open([snapshot({ connections: [mavio()] })]);
  await view.text("meetings");
  await view.click("summary-copy");
  const { text } = (await view.called("copy_text")) as { text: string };
  expect(text).toMatch(/^Meetings at Mavio, as of /u);
  expect(text).toContain("Contract with the printer");
  expect(text).toContain("- Write to the landlord · Ada Byron");
});

test("while the provider asks to wait, the reload rests and says until when", async () => {
  const nextTryAt = new Date().setHours(23, 59, 30, 0);
  const waiting = mavio(meetings(), {
    summary: summary({
      status: "failed",
      text: null,
      meetings: meetings(),
      nextTryAt,
      error: wireError("provider_overloaded"),
    }),
  });
  await open([snapshot({ connections: [waiting] })]);
  expect((await view.text("summary-wait")).trim()).toBe(
    "Mavio asks to wait. Keyfob reads again at 23:59",
  );
  const reload = await view.page.$eval(
    '[data-testid="summary-reload"]',
    (one) => ({
      disabled: one.matches(":disabled"),
      reason: document.getElementById(
        one.getAttribute("aria-describedby") ?? "",
      )?.dataset["testid"],
    }),
  );
  expect(reload).toEqual({ disabled: true, reason: "summary-wait" });
  expect(await view.text("meeting-0")).toContain("Pricing review");
  await view.send({
    type: "connection",
    connection: {
      ...waiting,
      revision: 2,
      summary: { ...waiting.summary, nextTryAt: 1 },
    },
  });
  await view.gone("summary-wait");
  await view.click("summary-reload");
  expect(await view.called("reload_summary")).toEqual({
    connectionId: waiting.id,
  });
});

test("no meetings, and none read yet, are told apart", async () => {
  const one = mavio(null, {
    summary: summary({ status: "loading", text: null, asOf: null }),
  });
  await open([snapshot({ connections: [one], providers: [...PROVIDERS] })]);
  await view.text("meetings");
  expect(await view.text("summary-status")).toBe("Reading…");
  expect(await view.count('[data-testid="meetings-none"]')).toBe(0);
  await view.send({
    type: "connection",
    connection: {
      ...one,
      revision: 2,
      summary: summary({
        status: "empty",
        text: null,
        meetings: meetings({ latest: [], openItems: [], moreItems: false }),
      }),
    },
  });
  expect(await view.text("meetings-none")).toBe("No meetings yet");
});

test("what a missing permission keeps back has a line and the way to it", async () => {
  const one = mavio(
    meetings({
      openItems: [],
      withheld: ["summaries:read", "action-items:read"],
    }),
    { scopesMissing: ["summaries:read", "action-items:read"] },
  );
  await open([snapshot({ connections: [one] })], {
    reconnect: { ok: "a1" },
  });
  expect(await view.text("withheld-summaries-read")).toContain(
    "Decisions and overviews need the permission summaries:read",
  );
  await view.text("withheld-action-items-read");
  expect(await view.text("meetings")).not.toContain("No open action items");
  await view.page
    .locator(
      '[data-testid="withheld-action-items-read"] [data-testid="withheld-ask-again"]',
    )
    .click();
  expect(await view.called("reconnect")).toEqual({ connectionId: one.id });
});

test("missing permissions are asked for again in one click", async () => {
  const one = mavio(meetings(), { scopesMissing: ["transcripts:read"] });
  await open([snapshot({ connections: [one] })], { reconnect: { ok: "a1" } });
  expect(await view.text(`row-${one.id}`)).toContain(
    "Active, without transcripts:read",
  );
  expect(await view.text("permissions")).toContain(
    "Read what was said in your meetings, word for word",
  );
  await view.click("ask-again");
  expect(await view.called("reconnect")).toEqual({ connectionId: one.id });
});

test("a suggested name is taken with one click, and goes when there is a name", async () => {
  const one = mavio(meetings(), {
    name: null,
    suggestedName: "ada@byron.example",
  });
  await open([snapshot({ connections: [one] })]);
  expect(await view.text("suggestion")).toContain(
    "Name this account: ada@byron.example?",
  );
  await view.click("use-suggestion");
  expect(await view.called("rename_connection")).toEqual({
    connectionId: one.id,
    name: "ada@byron.example",
  });
  await view.send({
    type: "connection",
    connection: { ...one, revision: 2, name: "ada@byron.example" },
  });
  await view.gone("suggestion");
});

test("hostile meetings are text, and break nothing", async () => {
  const hostile = mavio(
    meetings({
      latest: [
        meeting({
          title: "<img src=x onerror=\"document.title='owned'\">\u202e",
          overview: `<script>document.title='owned'</script> ${"x".repeat(200)}`,
          decisions: [
            { text: "<b>yes</b>\u2066", decidedBy: "<i>\u0007me</i>" },
          ],
        }),
      ],
      openItems: [item({ title: "y".repeat(200), due: "<u>now</u>" })],
    }),
  );
  await open([snapshot({ connections: [hostile] })]);
  expect(await view.text("meeting-0")).toContain("<b>yes</b>");
  expect(await view.text("item-0")).toContain("Due <u>now</u>");
  expect(await view.count("#app :is(img, script, b, i:not(.shape i), u)")).toBe(
    0,
  );
  expect(await view.page.title()).toBe("Keyfob");
  const page = await view.page.$eval("body", (one) => one.textContent);
  expect(page).not.toMatch(/[[\p{Bidi_Control}\p{Cc}]--[\n\t]]/v);
  const wide = await view.page.evaluate(() =>
    [...document.querySelectorAll('[data-testid="meetings"] *')]
      .filter((one) => {
        const card = one.closest("section.card")?.getBoundingClientRect();
        return (
          card !== undefined && one.getBoundingClientRect().right > card.right
        );
      })
      .map((one) => one.outerHTML),
  );
  expect(wide).toEqual([]);
});

test("Mavio is set up with what it will be asked, and the secret is only written", async () => {
  await open([snapshot({ providers: [...PROVIDERS] })], {
    connect: { ok: "a1" },
  });
  await view.click("first-run-mavio");
  expect(await view.text("reads")).toContain("Open action items");
  const scopes = await view.text("scopes");
  for (const scope of provider({ ...PROVIDERS[2] }).scopes) {
    expect(scopes).toContain(scope);
  }
  expect(scopes).toContain("Read the overviews of your meetings");
  expect(await view.text("redirect-uri")).toBe(
    "dev.keyfob.desktop:/callback/mavio",
  );
  await view.type("setup-client-id", "mavio_client_1");
  await view.type("setup-client-secret", "s3cret");
  await view.click("setup-save");
  expect(await view.called("set_up_provider")).toEqual({
    providerSlug: "mavio",
    clientId: "mavio_client_1",
    clientSecret: "s3cret",
  });
  expect(await view.called("connect")).toEqual({ providerSlug: "mavio" });
});

test("the first run offers both sandboxes, Mio's as the first", async () => {
  await open([snapshot({ providers: [...PROVIDERS] })], {
    connect: { ok: "a1" },
  });
  expect(await view.text("try-mavio-sandbox")).toContain(
    "Or try Mavio’s sandbox",
  );
  await view.click("try-mavio-sandbox");
  expect(await view.called("connect")).toEqual({
    providerSlug: "mavio-sandbox",
  });
});

test("a page that shows an error is explained with what Keyfob sent", async () => {
  await open([
    snapshot({
      connections: [connection()],
      providers: [provider({ ready: true, clientId: "mio_client_9" })],
      attempts: [attempt()],
    }),
  ]);
  await view.text("sheet");
  await view.page.locator('[data-testid="sheet-page-error"] summary').click();
  await view.click("client-id-copy");
  expect(await view.called("copy_text")).toEqual({ text: "mio_client_9" });
  expect(await view.text("redirect-uri")).toBe(attempt().redirectUri);
});

test("a rejected code shows the redirect URI to compare", async () => {
  await open([
    snapshot({
      attempts: [
        attempt({ step: "failed", error: wireError("code_rejected") }),
      ],
    }),
  ]);
  await view.text("sheet-error");
  await view.click("redirect-uri-copy");
  expect(await view.called("copy_text")).toEqual({
    text: attempt().redirectUri,
  });
});

test("a wrong secret at a reconnection leads through the set-up back to it", async () => {
  const one = mavio();
  await open(
    [
      snapshot({
        connections: [one],
        providers: [...PROVIDERS],
        attempts: [
          attempt({
            providerSlug: "mavio",
            providerName: "Mavio",
            connectionId: one.id,
            step: "failed",
            error: wireError("client_misconfigured"),
          }),
        ],
      }),
    ],
    { reconnect: { ok: "a2" } },
  );
  await view.text("sheet-error");
  expect((await view.text("sheet-action")).trim()).toBe("Change set-up");
  await view.click("sheet-action");
  expect(await view.text("setup-save")).toContain("Save and sign in again");
  await view.type("setup-client-id", "mavio_client_1");
  await view.type("setup-client-secret", "s3cret");
  await view.click("setup-save");
  expect(await view.called("reconnect")).toEqual({ connectionId: one.id });
  expect(await commands()).not.toContain("connect");
});
