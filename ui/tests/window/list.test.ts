/** The list and the detail, driven as a user drives them. */
import type { Browser } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { connection, snapshot, summary, wireError } from "../support/views";
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

const names = ["Ada", "Grace", "Joan", "Mary"];
const four = names.map((name) => connection({ name }));
const id = (place: number) => four[place]?.id ?? "";
const row = (place: number) => `row-${id(place)}`;
const ada = () => connection({ name: "Ada" });

async function openFour(look: Partial<Look> = {}) {
  view = await OpenWindow.open(
    browser,
    [snapshot({ connections: four })],
    look,
  );
}

const selected = () =>
  view.page.$eval('[aria-selected="true"]', (one) =>
    one.getAttribute("data-testid"),
  );

const press = (key: Parameters<OpenWindow["page"]["keyboard"]["press"]>[0]) =>
  view.page.keyboard.press(key);

test("arrows, Home and End move the selection and the focus, and stop at the ends", async () => {
  await openFour();
  await view.page.focus('[role="option"]');
  const seen: (string | null)[] = [];
  for (const key of [
    "ArrowUp",
    "ArrowDown",
    "ArrowDown",
    "End",
    "ArrowDown",
    "Home",
  ] as const) {
    await press(key);
    await view.page.waitForFunction(
      () => document.activeElement?.getAttribute("aria-selected") === "true",
    );
    seen.push(await view.focused());
  }
  expect(seen).toEqual([0, 1, 2, 3, 3, 0].map(row));
  expect(await view.count('[role="option"][tabindex="0"]')).toBe(1);
});

test("Enter goes into the detail and Escape comes back to the row", async () => {
  await openFour();
  await view.page.focus('[role="option"]');
  await press("ArrowDown");
  await press("Enter");
  await view.page.waitForFunction(
    () => document.activeElement?.tagName === "ARTICLE",
  );
  expect(await view.text("detail")).toContain("Grace");
  await press("Escape");
  await view.page.waitForFunction(
    () => document.activeElement?.getAttribute("role") === "option",
  );
  expect(await view.focused()).toBe(row(1));
});

test("R renews and Delete asks before it revokes", async () => {
  await openFour();
  await view.page.focus('[role="option"]');
  await press("r");
  expect(await view.called("renew")).toEqual({ connectionId: id(0) });
  await press("Delete");
  expect(await view.text("revoke-dialog")).toContain("Revoke Ada?");
  await view.page.waitForFunction(
    () =>
      document.activeElement?.getAttribute("data-testid") === "revoke-cancel",
  );
  await press("Escape");
  await view.gone("revoke-dialog");
  await view.page.waitForFunction(
    () => document.activeElement?.getAttribute("role") === "option",
  );
  expect((await view.calls()).map((call) => call.command)).not.toContain(
    "revoke",
  );
  await press("Delete");
  await view.click("revoke-confirm");
  expect(await view.called("revoke")).toEqual({
    connectionId: id(0),
    ending: "now",
  });
});

test("a narrow window shows the list, then the detail, then the list again", async () => {
  await openFour({ width: 480 });
  const shown = (selector: string) =>
    view.page.$eval(
      selector,
      (one) => (one as HTMLElement).offsetParent !== null,
    );
  expect(await shown('[role="listbox"]')).toBe(true);
  expect(await shown("article")).toBe(false);
  await view.click(row(2));
  await view.page.waitForSelector("article", { visible: true });
  expect(await shown('[role="listbox"]')).toBe(false);
  expect(await view.focused()).toBe("detail");
  await view.click("back");
  await view.page.waitForSelector('[role="listbox"]', { visible: true });
  expect(await selected()).toBe(row(2));
});

test("a thousand rows keep a small page and are reached from end to end", async () => {
  const thousand = Array.from({ length: 1000 }, (_, place) =>
    connection({ name: `Account ${String(place + 1)}` }),
  );
  view = await OpenWindow.open(browser, [snapshot({ connections: thousand })]);
  expect(await view.count('[role="option"]')).toBeLessThan(40);
  await view.page.focus('[role="option"]');
  await press("End");
  await view.text(`row-${thousand[999]?.id ?? ""}`);
  await view.page.waitForFunction(
    () =>
      document.activeElement?.getAttribute("aria-posinset") === "1000" &&
      document.activeElement.getAttribute("aria-setsize") === "1000",
  );
  expect(await view.count('[role="option"]')).toBeLessThan(40);
  await press("Home");
  await view.text(`row-${thousand[0]?.id ?? ""}`);
});

test("the elements of the rows are used again while the list scrolls", async () => {
  const thousand = Array.from({ length: 1000 }, (_, place) =>
    connection({ name: `Account ${String(place + 1)}` }),
  );
  view = await OpenWindow.open(browser, [snapshot({ connections: thousand })]);
  const made = await view.page.evaluate(async () => {
    const list = document.querySelector('[role="listbox"]');
    const scroller = list?.parentElement ?? null;
    if (list === null || scroller === null) throw new Error("no list");
    const nextFrame = () => new Promise(requestAnimationFrame);
    const rows = new Set(list.querySelectorAll('[role="option"]'));
    for (let step = 0; step < 60; step++) {
      scroller.scrollTop += 120;
      await nextFrame();
      for (const row of list.querySelectorAll('[role="option"]')) rows.add(row);
    }
    const texts = [...list.querySelectorAll(".name")].map(
      (one) => one.textContent,
    );
    return { rows: rows.size, texts };
  });
  expect(made.rows).toBeLessThan(40);
  expect(new Set(made.texts).size).toBe(made.texts.length);
  expect(made.texts).toContain("Account 120");
});

test("a click gives the row the focus, so that the next key is for it", async () => {
  await openFour();
  await view.click(row(2));
  await view.page.waitForFunction(
    (testid) => document.activeElement?.getAttribute("data-testid") === testid,
    {},
    row(2),
  );
  await press("r");
  expect(await view.called("renew")).toEqual({ connectionId: id(2) });
});

test("Ctrl F filters the list, Escape clears it and then goes back to the rows", async () => {
  await openFour();
  await view.page.keyboard.down("Control");
  await press("f");
  await view.page.keyboard.up("Control");
  expect(await view.focused()).toBe("filter");
  await view.page.keyboard.type("jo");
  await view.gone(row(0));
  expect(await view.text("count")).toBe("1 of 4");
  expect(await view.count('[role="option"]')).toBe(1);
  expect(await view.text("detail")).toContain("Ada");
  await press("ArrowDown");
  await view.page.waitForFunction(
    () => document.activeElement?.getAttribute("role") === "option",
  );
  await press("Enter");
  await view.page.waitForFunction(() =>
    document
      .querySelector('[data-testid="detail"]')
      ?.textContent.includes("Joan"),
  );
  await view.click("filter");
  await view.page.keyboard.type("xyz");
  expect(await view.text("no-match")).toContain("joxyz");
  await press("Escape");
  await view.text(row(0));
  expect(await view.focused()).toBe("filter");
  await press("Escape");
  await view.page.waitForFunction(
    () => document.activeElement?.getAttribute("role") === "option",
  );
});

test("one account alone has no filter", async () => {
  view = await OpenWindow.open(browser, [snapshot({ connections: [ada()] })]);
  await view.text("detail");
  expect(await view.count('[data-testid="filter"]')).toBe(0);
});

test("the list comes back where it was left", async () => {
  const many = Array.from({ length: 60 }, (_, place) =>
    connection({ name: `Account ${String(place + 1)}` }),
  );
  const events = [snapshot({ connections: many })];
  view = await OpenWindow.open(browser, events);
  await view.page.evaluate(() => {
    const list = document.querySelector('[role="listbox"]');
    if (list?.parentElement) list.parentElement.scrollTop = 1234;
  });
  await view.page.waitForFunction(
    () => localStorage.getItem("keyfob.scroll") === "1234",
  );
  await view.page.reload();
  await view.page.waitForFunction(
    () =>
      document.querySelector('[role="listbox"]')?.parentElement?.scrollTop ===
      1234,
  );
  expect(await selected()).toBe(`row-${many[0]?.id ?? ""}`);
});

test("scrolling far at once leaves no gap and draws few rows", async () => {
  const thousand = Array.from({ length: 1000 }, (_, place) =>
    connection({ name: `Account ${String(place + 1)}` }),
  );
  view = await OpenWindow.open(browser, [snapshot({ connections: thousand })]);
  const seen = await view.page.evaluate(async () => {
    const scroller =
      document.querySelector('[role="listbox"]')?.parentElement ?? null;
    if (scroller === null) throw new Error("no list");
    const nextFrame = () => new Promise(requestAnimationFrame);
    const inRow = (x: number, y: number) =>
      document.elementFromPoint(x, y)?.closest('[role="option"]') != null;
    let drawn = 0;
    let gaps = 0;
    for (let step = 0; step < 40; step++) {
      scroller.scrollTop += 1500;
      await nextFrame();
      await nextFrame();
      drawn = Math.max(
        drawn,
        document.querySelectorAll('[role="option"]').length,
      );
      const box = scroller.getBoundingClientRect();
      const x = box.left + 60;
      for (let y = box.top + 30; y < box.bottom - 30; y += 60) {
        // The hairline between two rows is no gap.
        if (!inRow(x, y) && !inRow(x, y + 4)) gaps += 1;
      }
    }
    const end = scroller.scrollTop + scroller.clientHeight;
    return { drawn, gaps, left: scroller.scrollHeight - end };
  });
  expect(seen.gaps).toBe(0);
  expect(seen.drawn).toBeLessThan(40);
  expect(seen.left).toBeLessThanOrEqual(1);
});

test("the newer view of a connection replaces the row, an older one does not", async () => {
  await openFour();
  const ada = four[0];
  if (ada === undefined) throw new Error("no row");
  await view.send({
    type: "connection",
    connection: {
      ...ada,
      revision: 5,
      condition: { kind: "needsSignIn", error: wireError("grant_ended") },
    },
  });
  await view.page.waitForSelector(
    `[data-testid="${row(0)}"][data-condition="needsSignIn"]`,
  );
  await view.send({ type: "connection", connection: ada });
  await view.send({ type: "connectionRemoved", id: id(3) });
  await view.gone(row(3));
  expect(
    await view.page.$eval(`[data-testid="${row(0)}"]`, (one) =>
      one.getAttribute("data-condition"),
    ),
  ).toBe("needsSignIn");
  await view.click("reconnect");
  expect(await view.called("reconnect")).toEqual({ connectionId: id(0) });
});

test("the countdown moves on by itself", async () => {
  await openFour();
  const before = await view.text("countdown");
  expect(before).toMatch(/^\d+:\d\d$/u);
  await view.page.waitForFunction(
    (was) =>
      document.querySelector('[data-testid="countdown"]')?.textContent !== was,
    { timeout: 5000 },
    before,
  );
});

test("a name is changed in its place, and an empty one takes it away", async () => {
  await openFour();
  await view.click("rename");
  await view.type("rename-input", "  Work  ");
  await view.click("rename-save");
  expect(await view.called("rename_connection")).toEqual({
    connectionId: id(0),
    name: "Work",
  });
  await view.click("rename");
  await view.type("rename-input", "x".repeat(65));
  expect(
    await view.page.$eval('[data-testid="rename-save"]', (one) =>
      (one as HTMLButtonElement).matches(":disabled"),
    ),
  ).toBe(true);
  await view.type("rename-input", " ");
  await view.click("rename-save");
  await view.page.waitForFunction(() =>
    window.native.calls.some(
      (call) =>
        call.command === "rename_connection" && call.values["name"] === null,
    ),
  );
});

test("hostile text is text", async () => {
  const hostile = connection({
    name: "<img src=x onerror=\"document.title='owned'\">\u202egro",
    summary: summary({
      text: "<script>document.title='owned'</script>\u0007\u202eend",
    }),
  });
  view = await OpenWindow.open(
    browser,
    [snapshot({ connections: [hostile] })],
    {},
    { ask: { ok: "<iframe src='https://example.org'></iframe>" } },
  );
  expect(await view.text("summary-text")).toBe(
    "<script>document.title='owned'</script>end",
  );
  await view.type("question-input", "<b>?</b>");
  await view.click("question-send");
  expect(await view.text("answer")).toContain("<iframe");
  expect(await view.count("#app img, #app iframe, #app b")).toBe(0);
  expect(await view.page.title()).toBe("Keyfob");
  const page = await view.page.$eval("body", (one) => one.textContent);
  expect(page).not.toMatch(/[[\p{Bidi_Control}\p{Cc}]--[\n\t]]/v);
});

test("a summary is copied as it is read, and says so for a moment", async () => {
  await openFour();
  await view.click("summary-copy");
  const { text } = await view.called("copy_text");
  expect(text).toBe(four[0]?.summary.text);
  expect(await view.text("summary-copy")).toContain("Copied");
  await view.click("summary-reload");
  expect(await view.called("reload_summary")).toEqual({
    connectionId: id(0),
  });
});
