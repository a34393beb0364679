import { beforeEach, describe, expect, test, vi } from "vitest";

import { WindowClock } from "../../src/lib/clock.svelte";
import { ConnectFlow } from "../../src/lib/flow.svelte";
import { CommandError, type Client } from "../../src/lib/ipc/client";
import { Mirror } from "../../src/lib/mirror.svelte";
import { Questions } from "../../src/lib/questions.svelte";
import { Refusals } from "../../src/lib/refusals.svelte";
import { Selection } from "../../src/lib/selection.svelte";
import { attempt, connection, snapshot, wireError } from "../support/views";

type Commands = Pick<
  Client,
  | "connect"
  | "reconnect"
  | "answerQuestion"
  | "cancelAttempt"
  | "dismissAttempt"
>;

const nothing = () => Promise.resolve(null);

/** A promise that the test settles. */
function later() {
  let resolve: (value: string) => void = () => undefined;
  const promise = new Promise<string>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function setting() {
  const mirror = new Mirror();
  const refusals = new Refusals();
  const selection = new Selection({
    getItem: () => null,
    setItem: () => undefined,
    removeItem: () => undefined,
  });
  const commands = {
    connect: vi.fn<Commands["connect"]>(() => Promise.resolve("attempt-1")),
    reconnect: vi.fn<Commands["reconnect"]>(() => Promise.resolve("attempt-2")),
    answerQuestion: vi.fn<Commands["answerQuestion"]>(nothing),
    cancelAttempt: vi.fn<Commands["cancelAttempt"]>(nothing),
    dismissAttempt: vi.fn<Commands["dismissAttempt"]>(nothing),
  };
  const flow = new ConnectFlow(commands, mirror, selection, refusals);
  mirror.apply(snapshot());
  return { mirror, refusals, selection, commands, flow };
}

let set: ReturnType<typeof setting>;

beforeEach(() => {
  set = setting();
});

describe("connecting", () => {
  test("follows the attempt that the engine began", async () => {
    await set.flow.connect("mio");
    const view = attempt({ id: "attempt-1" });
    set.mirror.apply({ type: "attempt", attempt: view });
    expect(set.flow.attempt).toEqual(view);
  });

  test("shows why no attempt came about, and tries again", async () => {
    set.commands.connect.mockRejectedValueOnce(
      new CommandError(wireError("browser_not_opened")),
    );
    await set.flow.connect("mio");
    expect(set.flow.page).toMatchObject({
      refused: { code: "browser_not_opened" },
    });
    await set.flow.retry();
    expect(set.flow.page).toMatchObject({ attemptId: "attempt-1" });
  });

  test("leads to the new connection when it is done", async () => {
    const view = connection();
    set.mirror.apply({ type: "connection", connection: view });
    await set.flow.connect("mio");
    set.mirror.apply({
      type: "attempt",
      attempt: attempt({
        id: "attempt-1",
        step: "connected",
        connectionId: view.id,
      }),
    });
    set.flow.close();
    expect(set.selection.selectedId).toBe(view.id);
    expect(set.selection.opened).toBe(true);
    expect(set.flow.page.kind).toBe("closed");
    await vi.waitFor(() => {
      expect(set.commands.dismissAttempt).toHaveBeenCalledWith("attempt-1");
    });
    expect(set.commands.cancelAttempt).not.toHaveBeenCalled();
  });

  test("cancels an attempt that still runs", async () => {
    await set.flow.connect("mio");
    set.mirror.apply({
      type: "attempt",
      attempt: attempt({ id: "attempt-1" }),
    });
    set.flow.close();
    expect(set.flow.page.kind).toBe("closed");
    await vi.waitFor(() => {
      expect(set.commands.dismissAttempt).toHaveBeenCalledWith("attempt-1");
    });
    expect(set.commands.cancelAttempt).toHaveBeenCalledWith("attempt-1");
  });

  test("cancels an attempt whose id comes after the sheet was closed", async () => {
    const answer = later();
    set.commands.connect.mockReturnValueOnce(answer.promise);
    const connecting = set.flow.connect("mio");
    set.flow.close();
    answer.resolve("late");
    await connecting;
    expect(set.commands.cancelAttempt).toHaveBeenCalledWith("late");
    set.mirror.apply({ type: "attempt", attempt: attempt({ id: "late" }) });
    expect(set.flow.page.kind).toBe("closed");
  });

  test("is quiet about an attempt that ended by itself", async () => {
    set.commands.cancelAttempt.mockRejectedValue(
      new CommandError(wireError("attempt_unknown")),
    );
    await set.flow.connect("mio");
    set.flow.close();
    await vi.waitFor(() => {
      expect(set.commands.cancelAttempt).toHaveBeenCalled();
    });
    await Promise.resolve();
    expect(set.refusals.list).toEqual([]);
  });

  test("signs in again what failed while signing in again", async () => {
    await set.flow.reconnect("mio", "c1");
    set.mirror.apply({
      type: "attempt",
      attempt: attempt({
        id: "attempt-2",
        step: "failed",
        error: wireError("access_denied"),
      }),
    });
    await set.flow.retry();
    expect(set.commands.reconnect).toHaveBeenCalledTimes(2);
    expect(set.commands.connect).not.toHaveBeenCalled();
  });

  test("picks up an attempt that was under way before the window opened", () => {
    const view = attempt();
    set.mirror.apply(snapshot({ attempts: [view] }));
    expect(set.flow.attempt).toEqual(view);
    set.flow.close();
    expect(set.flow.page.kind).toBe("closed");
  });

  test("closes when the engine says that it was cancelled", async () => {
    await set.flow.connect("mio");
    set.mirror.apply({
      type: "attempt",
      attempt: attempt({ id: "attempt-1", step: "cancelled" }),
    });
    expect(set.flow.page.kind).toBe("closed");
  });
});

describe("what an attempt asks", () => {
  const asking = attempt({
    id: "attempt-1",
    step: "asking",
    question: { kind: "isThisYou", found: null },
  });

  beforeEach(() => {
    set.mirror.apply(snapshot({ attempts: [asking] }));
  });

  test("is answered once, however often the button is pressed", async () => {
    const first = set.flow.answer("take");
    const second = set.flow.answer("decline");
    await Promise.all([first, second]);
    expect(set.commands.answerQuestion.mock.calls).toEqual([
      ["attempt-1", "take"],
    ]);
    expect(set.flow.answering).toBeNull();
    expect(set.flow.page.kind).toBe("attempt");
  });

  test("is declined by Escape, and the sheet goes when the engine says so", async () => {
    await set.flow.escape();
    expect(set.commands.answerQuestion).toHaveBeenCalledWith(
      "attempt-1",
      "decline",
    );
    expect(set.commands.cancelAttempt).not.toHaveBeenCalled();
    set.mirror.apply({
      type: "attempt",
      attempt: { ...asking, revision: 2, step: "cancelled", question: null },
    });
    expect(set.flow.page.kind).toBe("closed");
  });

  test("does not keep the sheet open when the attempt is gone", async () => {
    set.commands.answerQuestion.mockRejectedValueOnce(
      new CommandError(wireError("attempt_unknown")),
    );
    await set.flow.answer("take");
    expect(set.flow.page.kind).toBe("closed");
    expect(set.refusals.list).toEqual([]);
  });

  test("can be answered again after a refusal, which is told", async () => {
    set.commands.answerQuestion.mockRejectedValueOnce(
      new CommandError(wireError("keychain_locked")),
    );
    await set.flow.answer("take");
    expect(set.refusals.list.map((one) => one.error.code)).toEqual([
      "keychain_locked",
    ]);
    await set.flow.answer("take");
    expect(set.commands.answerQuestion).toHaveBeenCalledTimes(2);
  });

  test("is left with the sheet while an answer is on its way", async () => {
    const answer = later();
    set.commands.answerQuestion.mockReturnValueOnce(
      answer.promise.then(() => null),
    );
    const answering = set.flow.answer("take");
    await set.flow.escape();
    expect(set.flow.page.kind).toBe("closed");
    await vi.waitFor(() => {
      expect(set.commands.cancelAttempt).toHaveBeenCalledWith("attempt-1");
    });
    answer.resolve("");
    await answering;
  });

  test("is not answered before it is asked", async () => {
    set.mirror.apply(snapshot({ attempts: [attempt()] }));
    await set.flow.answer("take");
    expect(set.commands.answerQuestion).not.toHaveBeenCalled();
  });
});

describe("a set-up", () => {
  test("leads to a new connection unless it was opened for one", () => {
    set.flow.setUp("mavio");
    expect(set.flow.page).toMatchObject({ then: { kind: "connect" } });
    set.flow.setUp("mavio", { kind: "renew", connectionId: "c1" });
    expect(set.flow.page).toMatchObject({
      then: { kind: "renew", connectionId: "c1" },
    });
  });
});

describe("questions", () => {
  test("are kept with their answers, newest first, by connection", async () => {
    const questions = new Questions({
      ask: (_id, question) => Promise.resolve(`re: ${question}`),
    });
    expect(await questions.ask("a", "one")).toBe(true);
    expect(await questions.ask("a", "two")).toBe(true);
    expect(questions.of("a").answers.map((one) => one.text)).toEqual([
      "re: two",
      "re: one",
    ]);
    expect(questions.of("b").answers).toEqual([]);
  });

  test("leave the answers alone when one is refused", async () => {
    const ask = vi
      .fn<(id: string, question: string) => Promise<string>>()
      .mockResolvedValueOnce("yes")
      .mockRejectedValueOnce(new CommandError(wireError("question_rejected")));
    const questions = new Questions({ ask });
    await questions.ask("a", "one");
    expect(await questions.ask("a", "two")).toBe(false);
    expect(questions.of("a").answers.length).toBe(1);
    expect(questions.of("a").error?.code).toBe("question_rejected");
    expect(questions.of("a").asking).toBeNull();
  });

  test("drop an answer that comes after the connection was removed", async () => {
    const answer = later();
    const questions = new Questions({ ask: () => answer.promise });
    const asking = questions.ask("a", "one");
    questions.forget("a");
    answer.resolve("too late");
    await asking;
    expect(questions.of("a").answers).toEqual([]);
  });
});

test("the same refusal twice is one message", async () => {
  const refuse = () =>
    Promise.reject(new CommandError(wireError("keychain_locked")));
  expect(await set.refusals.watch(refuse())).toBe(false);
  expect(await set.refusals.watch(refuse())).toBe(false);
  expect(set.refusals.list.length).toBe(1);
  set.refusals.dismiss(set.refusals.list[0]?.id ?? -1);
  expect(set.refusals.list).toEqual([]);
});

test("the clock ticks on whole seconds and stops while nobody looks", () => {
  vi.useFakeTimers({ now: 10_400 });
  let follow: () => void = () => undefined;
  const page = {
    hidden: false,
    addEventListener: (_type: string, listener: () => void) => {
      follow = listener;
    },
    removeEventListener: () => undefined,
  };
  const clock = new WindowClock();
  const stop = clock.start(page as unknown as Document);
  vi.advanceTimersByTime(600);
  expect(clock.now).toBe(11_000);
  page.hidden = true;
  follow();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(60_000);
  page.hidden = false;
  follow();
  expect(clock.now).toBe(71_000);
  stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
