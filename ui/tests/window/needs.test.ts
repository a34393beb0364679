/** The questions of a sign-in, the queue and the sidebar, driven as a user drives them. */
import type { Browser } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import type { AttemptView, Question } from "../../src/lib/ipc/bindings";
import type { Reply } from "../support/native";
import { mavio } from "../support/meetings";
import {
  attempt,
  connection,
  PROVIDERS,
  snapshot,
  summary,
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

const ada = connection({ account: "ada@byron.example" });

async function ask(question: Question, more: Partial<AttemptView> = {}) {
  const asking = attempt({ step: "asking", question, ...more });
  view = await OpenWindow.open(browser, [
    snapshot({ connections: [ada], attempts: [asking] }),
  ]);
  await view.page.waitForSelector(
    `[data-testid="question"][data-kind="${question.kind}"]`,
  );
  return asking;
}

const cancelled = (asking: AttemptView): AttemptView => ({
  ...asking,
  revision: asking.revision + 1,
  step: "cancelled",
  question: null,
});

const isThisYou: Question = { kind: "isThisYou", found: "ada@byron.example" };

test.each([
  [isThisYou, "question-take", "take"],
  [isThisYou, "question-decline", "decline"],
  [
    { kind: "otherAccount", found: "g@hopper.example", guessed: false },
    "question-separately",
    "separately",
  ],
  [
    {
      kind: "alreadyConnected",
      connectionId: ada.id,
      found: "a@work.example",
      guessed: true,
    },
    "question-take",
    "take",
  ],
] as [Question, string, string][])(
  "%o is answered through %s",
  async (question, testid, choice) => {
    const asking = await ask(question);
    await view.page.waitForSelector(
      '[data-testid="sheet-step-asking"][data-state="current"]',
    );
    expect(await view.focused()).toBe("question-decline");
    await view.click(testid);
    expect(await view.called("answer_question")).toEqual({
      attemptId: asking.id,
      choice,
    });
  },
);

test("a question names the account that is signed in again", async () => {
  await ask(
    { kind: "otherAccount", found: "grace@hopper.example", guessed: true },
    { connectionId: ada.id },
  );
  expect(await view.text("question")).toContain(
    "This looks like grace@hopper.example, not ada@byron.example",
  );
  expect(await view.text("question-decline")).toContain(
    "Keep ada@byron.example",
  );
  await view.page.waitForFunction(() =>
    document
      .querySelector('[aria-live="polite"]')
      ?.textContent.includes("This looks like grace@hopper.example"),
  );
});

test("Escape declines, keeps nothing, and the sheet goes with the attempt", async () => {
  const asking = await ask(isThisYou);
  await view.page.keyboard.press("Escape");
  expect(await view.called("answer_question")).toEqual({
    attemptId: asking.id,
    choice: "decline",
  });
  expect(await view.count('[data-testid="sheet"]')).toBe(1);
  await view.send({ type: "attempt", attempt: cancelled(asking) });
  await view.gone("sheet");
  const commands = (await view.calls()).map((call) => call.command);
  expect(commands).not.toContain("cancel_attempt");
});

test("the focus goes to the safe choice when a question comes up, and it tells the question", async () => {
  const waiting = attempt({ step: "confirming" });
  view = await OpenWindow.open(browser, [
    snapshot({ connections: [ada], attempts: [waiting] }),
  ]);
  await view.text("sheet-cancel");
  await view.page.focus('[data-testid="sheet-cancel"]');
  await view.send({
    type: "attempt",
    attempt: { ...waiting, revision: 2, step: "asking", question: isThisYou },
  });
  await view.page.waitForFunction(
    () =>
      document.activeElement?.getAttribute("data-testid") ===
      "question-decline",
  );
  const described = await view.page.$eval(
    '[data-testid="question-decline"]',
    (one) =>
      document.getElementById(one.getAttribute("aria-describedby") ?? "")
        ?.textContent,
  );
  expect(described).toContain("is this you?");
});

const ended = (name: string) =>
  connection({
    name,
    condition: { kind: "needsSignIn", error: wireError("grant_ended") },
  });
const well = connection({ name: "Well" });

async function openQueue(
  first: Parameters<typeof snapshot>[0],
  look: Partial<Look> = {},
  replies: Record<string, Reply> = {},
) {
  view = await OpenWindow.open(
    browser,
    [snapshot({ providers: [...PROVIDERS], ...first })],
    look,
    replies,
  );
}

test("each entry of the queue has the button that does it, and the queue is bounded", async () => {
  const all = ["A", "B", "C", "D", "E"].map(ended);
  await openQueue(
    { connections: [well, ...all] },
    {},
    {
      reconnect: { ok: "a1" },
    },
  );
  expect(await view.count('[data-testid="queue"] li')).toBe(3);
  expect(await view.text("queue-all")).toContain("Show all (5)");
  expect(
    await view.page.$eval('[data-testid="badge"]', (one) => one.textContent),
  ).toMatch(/5\s*5 need you/u);
  await view.click("queue-all");
  await view.page
    .locator(
      `[data-testid="need-${all[4]?.id ?? ""}"] [data-testid="need-reconnect"]`,
    )
    .click();
  expect(await view.called("reconnect")).toEqual({ connectionId: all[4]?.id });
});

test("the queue goes when its last entry is done, and the badge with it", async () => {
  const one = ended("Ada");
  await openQueue({ connections: [one, well] });
  expect(await view.text(`need-${one.id}`)).toContain(
    "Mio ended this connection",
  );
  await view.send({
    type: "connection",
    connection: {
      ...one,
      revision: 2,
      condition: { kind: "active" },
      needs: null,
    },
  });
  await view.gone("queue");
  expect(await view.count('[data-testid="badge"]')).toBe(0);
});

test("a refused set-up is changed from the queue, and then tried again", async () => {
  const one = mavio(null, {
    needs: "set_up",
    condition: {
      kind: "waiting",
      error: wireError("client_misconfigured"),
      nextTryAt: Date.now() + 3_600_000,
    },
  });
  await openQueue({ connections: [one] });
  await view.click("need-set-up");
  expect(await view.text("setup-save")).toContain("Save and try again");
  await view.type("setup-client-id", "mavio_client_1");
  await view.type("setup-client-secret", "s3cret");
  await view.click("setup-save");
  expect(await view.called("renew")).toEqual({ connectionId: one.id });
  await view.gone("sheet");
  const commands = (await view.calls()).map((call) => call.command);
  expect(commands).not.toContain("connect");
});

test("a locked keychain is one entry, however many accounts wait for it", async () => {
  const behind = [1, 2].map(() =>
    connection({
      condition: {
        kind: "keychain",
        error: wireError("keychain_locked"),
        unsaved: true,
      },
    }),
  );
  await openQueue({ connections: behind, keychain: { kind: "locked" } });
  expect(await view.count('[data-testid="queue"] li')).toBe(1);
  expect(await view.text("need-keychain")).toContain(
    "2 accounts have new credentials that are only in memory so far.",
  );
  await view.click("keychain-unlock");
  await view.called("unlock_keychain");
});

test("a summary that needs a sign-in has the button for it, unless the account says so itself", async () => {
  const failed = summary({
    status: "failed",
    error: wireError("token_rejected"),
  });
  const one = connection({ summary: failed });
  await openQueue({ connections: [one] }, {}, { reconnect: { ok: "a1" } });
  await view.click("summary-reconnect");
  expect(await view.called("reconnect")).toEqual({ connectionId: one.id });
  await view.page.keyboard.press("Escape");
  await view.send({
    type: "connection",
    connection: { ...ended("Ada"), id: one.id, revision: 2, summary: failed },
  });
  await view.gone("summary-reconnect");
  expect(await view.text("detail")).not.toContain("Access was refused");
});

test("without a network there is nothing to press", async () => {
  const one = connection({
    condition: {
      kind: "waiting",
      error: wireError("offline"),
      nextTryAt: Date.now(),
    },
  });
  await openQueue({ connections: [one] });
  expect(await view.text("status")).toContain("You are offline");
  expect(await view.count('[data-testid="renew"]')).toBe(0);
});

test("without an account the keychain has its banner and nothing else is there", async () => {
  await openQueue({ keychain: { kind: "locked" } });
  await view.text("keychain-banner");
  expect(
    await view.count('[data-testid="queue"], [data-testid="sidebar"]'),
  ).toBe(0);
});

test.each([
  ["beside the screen, in words", { width: 960 }, "beside", true],
  ["beside the screen, as icons", { width: 640 }, "beside", false],
  ["under the screen", { width: 480 }, "under", false],
  ["under the screen for large text", { width: 960, text: 2 }, "under", false],
] as [string, Partial<Look>, string, boolean][])(
  "the sidebar lies %s",
  async (_label, look, place, words) => {
    await openQueue({ connections: [well, ended("Ada")] }, look);
    const seen = await view.page.evaluate(() => {
      const box = (testid: string) =>
        document
          .querySelector(`[data-testid="${testid}"]`)
          ?.getBoundingClientRect();
      const bar = box("sidebar");
      const list = box("queue");
      if (bar === undefined || list === undefined) return null;
      const label = document.querySelector('[data-testid="sidebar"] .words');
      return {
        place: bar.right <= list.left ? "beside" : "under",
        bottom: Math.round(innerHeight - bar.bottom),
        words: (label?.getBoundingClientRect().width ?? 0) > 10,
      };
    });
    expect(seen).toEqual({ place, bottom: 0, words });
  },
);

test("the sidebar leads back to the list from a detail that covers it", async () => {
  await openQueue({ connections: [well, ended("Ada")] }, { width: 480 });
  await view.click(`row-${well.id}`);
  await view.page.waitForSelector("article", { visible: true });
  await view.gone("queue");
  expect(await view.text("badge")).toContain("1 needs you");
  await view.click("screen-connections");
  await view.page.waitForSelector('[role="listbox"]', { visible: true });
  await view.page.waitForFunction(
    () => document.activeElement?.getAttribute("role") === "option",
  );
});
