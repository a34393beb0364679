import { describe, expect, test } from "vitest";

import { dateOf, dayWords, daysBetween, startOfDay } from "../../src/lib/days";
import { digest } from "../../src/lib/digest";
import {
  dueOf,
  durationWords,
  isLong,
  itemTitle,
  meetingFacts,
  meetingTime,
  meetingTitle,
  priorityWords,
  withheldWords,
} from "../../src/lib/meetings";
import { item, meeting, meetings } from "../support/meetings";

// A Saturday.
const noon = new Date(2026, 10, 21, 12, 0).getTime();
const at = (...parts: [number, number, number, number, number]) =>
  new Date(...parts).getTime();

describe("a day", () => {
  test.each([
    ["today, late", [2026, 10, 21, 23, 59], "today"],
    ["today, early", [2026, 10, 21, 0, 0], "today"],
    [
      "yesterday, one minute before midnight",
      [2026, 10, 20, 23, 59],
      "yesterday",
    ],
    ["tomorrow", [2026, 10, 22, 0, 0], "tomorrow"],
    ["six days ago", [2026, 10, 15, 8, 0], "Sunday"],
    ["a week ago", [2026, 10, 14, 8, 0], "Nov 14"],
    ["in another year", [2025, 10, 14, 8, 0], "Nov 14, 2025"],
  ] as [string, [number, number, number, number, number], string][])(
    "%s",
    (_label, parts, words) => {
      expect(dayWords(new Date(at(...parts)), noon)).toBe(words);
    },
  );

  test("is counted by midnights, also where a clock changed between", () => {
    const march = new Date(2026, 2, 1, 12, 0);
    const april = new Date(2026, 3, 30, 12, 0);
    expect(daysBetween(march, april)).toBe(60);
    expect(daysBetween(april, march)).toBe(-60);
  });

  test("begins at midnight", () => {
    expect(startOfDay(noon)).toBe(at(2026, 10, 21, 0, 0));
  });

  test.each([
    ["a date", "2026-11-30", new Date(2026, 10, 30)],
    ["a leap day", "2028-02-29", new Date(2028, 1, 29)],
    ["a day that is not in the calendar", "2026-02-30", null],
    ["a month that is not", "2026-13-01", null],
    ["with a time", "2026-11-30T10:00:00Z", null],
    ["words", "soon", null],
    ["nothing", "", null],
  ])("written as %s", (_label, text, day) => {
    expect(dateOf(text)).toEqual(day);
  });
});

describe("a meeting", () => {
  test.each([
    ["seconds", 20, "1 min"],
    ["minutes", 45 * 60, "45 min"],
    ["nearly an hour", 59.6 * 60, "1 h 00 min"],
    ["hours", 125 * 60, "2 h 05 min"],
    ["no time at all", 0, ""],
    ["less than nothing", -60, ""],
    ["no number", Number.NaN, ""],
  ])("that took %s", (_label, seconds, words) => {
    expect(durationWords(seconds)).toBe(words);
  });

  test.each([
    ["today", at(2026, 10, 21, 9, 5), "Today, 09:05"],
    ["this week", at(2026, 10, 18, 14, 0), "Wednesday, 14:00"],
    ["outside the calendar", 9e15, ""],
    ["at no time", Number.NaN, ""],
  ])("%s", (_label, started, words) => {
    expect(meetingTime(started, noon)).toBe(words);
  });

  test("names what is known of it, and nothing else", () => {
    expect(
      meetingFacts(
        meeting({
          startedAt: at(2026, 10, 21, 9, 5),
          durationSeconds: 45 * 60,
          platform: "google-meet",
          participants: 4,
        }),
        noon,
      ),
    ).toEqual(["Today, 09:05", "45 min", "Google Meet", "4 people"]);
    const unknown = meeting({
      title: "\u202e ",
      startedAt: null,
      durationSeconds: null,
      platform: null,
      participants: 0,
    });
    expect(meetingFacts(unknown, noon)).toEqual([]);
    expect(meetingTitle(unknown)).toBe("Untitled meeting");
  });

  test.each([
    ["zoom", "Zoom"],
    ["Microsoft Teams", "Microsoft Teams"],
    ["constructor", "constructor"],
    ["a room\u0007", "a room"],
  ])("on %j happened on %j", (platform, words) => {
    const alone = meeting({
      startedAt: null,
      durationSeconds: null,
      participants: 0,
      platform,
    });
    expect(meetingFacts(alone, noon)).toEqual([words]);
  });

  test.each([
    ["short", {}, false],
    ["with a long overview", { overview: "x".repeat(321) }, true],
    [
      "with many decisions",
      { decisions: Array(4).fill({ text: "Yes", decidedBy: null }) },
      true,
    ],
    [
      "with one long decision",
      { decisions: [{ text: "x".repeat(400), decidedBy: null }] },
      true,
    ],
  ])("%s begins short: %#", (_label, more, long) => {
    expect(isLong(meeting({ overview: null, decisions: [], ...more }))).toBe(
      long,
    );
  });
});

describe("an action item", () => {
  test.each([
    ["without a date", null, null],
    ["with a blank", " ", null],
    ["today", "2026-11-21", { words: "Due today", overdue: false }],
    ["tomorrow", "2026-11-22", { words: "Due tomorrow", overdue: false }],
    ["yesterday", "2026-11-20", { words: "Overdue: yesterday", overdue: true }],
    ["later", "2026-12-24", { words: "Due Dec 24", overdue: false }],
    ["some time", "Q3\u202e", { words: "Due Q3", overdue: false }],
  ])("%s", (_label, due, words) => {
    expect(dueOf(item({ due }), noon)).toEqual(words);
  });

  test("says its priority in words", () => {
    expect(priorityWords(item({ priority: "high" }))).toBe("High priority");
    expect(priorityWords(item({ priority: null }))).toBe("");
    expect(itemTitle(item({ title: null }))).toBe("Untitled item");
  });
});

test.each([
  ["meetings:read", "Meetings need the permission meetings:read"],
  [
    "summaries:read",
    "Decisions and overviews need the permission summaries:read",
  ],
  ["action-items:read", "Action items need the permission action-items:read"],
  ["new:thing", "Some of this needs the permission new:thing"],
])("without %s something is missing", (scope, words) => {
  expect(withheldWords(scope)).toBe(words);
});

describe("the digest", () => {
  const source = { provider: "Mavio", asOf: noon };

  test("holds everything that was read, as plain text", () => {
    const all = meetings({
      latest: [
        meeting({
          title: "Pricing\u202e review",
          startedAt: at(2026, 10, 21, 9, 5),
          durationSeconds: 45 * 60,
          platform: "zoom",
          participants: 4,
          overview: "We kept three tiers.\n\nThe middle one changes.",
          decisions: [
            { text: "Keep three\n tiers", decidedBy: "Noor" },
            { text: "Ask Jonas", decidedBy: null },
          ],
        }),
      ],
      openItems: [
        item({
          title: "Send the price list",
          assignee: "Ada",
          due: "2026-11-20",
          priority: "high",
          inProgress: true,
        }),
        item({
          title: null,
          assignee: null,
          due: null,
          priority: null,
          inProgress: false,
        }),
      ],
      moreItems: true,
    });
    expect(digest(all, source, noon)).toBe(
      [
        "Meetings at Mavio, as of Nov 21, 2026, 12:00",
        "",
        "Pricing review",
        "Today, 09:05 · 45 min · Zoom · 4 people",
        "We kept three tiers.",
        "The middle one changes.",
        "Decisions:",
        "- Keep three tiers (Noor)",
        "- Ask Jonas",
        "",
        "Open action items:",
        "- Send the price list · Ada · Overdue: yesterday · High priority · In progress",
        "- Untitled item",
        "Mavio has more open items than these.",
      ].join("\n"),
    );
  });

  test("leaves out what there is nothing of", () => {
    const none = meetings({ latest: [], openItems: [], moreItems: false });
    expect(digest(none, source, noon)).toBe(
      "Meetings at Mavio, as of Nov 21, 2026, 12:00",
    );
  });
});
