import { describe, expect, test } from "vitest";

import { ago, clockTime, countdown, shareLeft } from "../../src/lib/time";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("a countdown", () => {
  test.each([
    ["long gone", -3 * DAY, "expired"],
    ["one millisecond gone", -1, "expired"],
    ["now", 0, "expired"],
    ["one millisecond left", 1, "0:01"],
    ["one second left", SECOND, "0:01"],
    ["a second and a bit", SECOND + 1, "0:02"],
    ["just under a minute", MINUTE - 1, "1:00"],
    ["nine seconds over a minute", MINUTE + 9 * SECOND, "1:09"],
    ["the example of the design", 12 * MINUTE + 34 * SECOND, "12:34"],
    ["one second under an hour", HOUR - SECOND, "59:59"],
    ["one millisecond under an hour", HOUR - 1, "1 h 00 min"],
    ["an hour", HOUR, "1 h 00 min"],
    ["two hours five", 2 * HOUR + 5 * MINUTE + 59 * SECOND, "2 h 05 min"],
    ["one second under a day", DAY - SECOND, "23 h 59 min"],
    ["a day", DAY, "1 d 0 h"],
    ["three days four hours", 3 * DAY + 4 * HOUR + 59 * MINUTE, "3 d 4 h"],
    ["over three years", 1200 * DAY, "1,200 d 0 h"],
  ])("%s", (_label, remaining, words) => {
    expect(countdown(remaining)).toBe(words);
  });
});

describe("how long ago", () => {
  test.each([
    ["in the future", -5 * MINUTE, "just now"],
    ["now", 0, "just now"],
    ["under a minute", MINUTE - 1, "just now"],
    ["a minute", MINUTE, "1 min ago"],
    ["three minutes", 3 * MINUTE + 59 * SECOND, "3 min ago"],
    ["an hour", HOUR, "1 h ago"],
    ["under a day", DAY - 1, "23 h ago"],
    ["a day", DAY, "1 d ago"],
  ])("%s", (_label, past, words) => {
    expect(ago(1_000 * DAY, 1_000 * DAY + past)).toBe(words);
  });
});

describe("the share of a lifetime that is left", () => {
  const expiry = {
    kind: "at",
    at: 10 * HOUR,
    lifetimeSeconds: 3600,
    assumed: false,
  } as const;

  test.each([
    ["before it began", 0, 1],
    ["at its beginning", 9 * HOUR, 1],
    ["half way", 9.5 * HOUR, 0.5],
    ["at its end", 10 * HOUR, 0],
    ["after its end", 11 * HOUR, 0],
  ])("%s", (_label, now, share) => {
    expect(shareLeft(expiry, now)).toBe(share);
  });

  test("is nothing where the lifetime is unknown", () => {
    expect(shareLeft({ ...expiry, lifetimeSeconds: 0 }, 0)).toBe(0);
  });
});

test("a time of day carries its date unless it is today", () => {
  const noon = new Date(2026, 10, 21, 14, 5).getTime();
  expect(clockTime(noon, noon - HOUR)).toBe("14:05");
  expect(clockTime(noon + DAY, noon)).toMatch(/22.*14:05/u);
});
