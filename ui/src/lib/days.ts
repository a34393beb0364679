/**
 * Days as people say them: today, tomorrow, Thursday, 12 Nov. Counted by the calendar of this
 * computer, not by hours. Reads no clock: whoever asks brings the present time.
 */
import { locale } from "./messages";
import type { Millis } from "./time";

const WEEK = 7;

/** Gives the words of a day: "today", "Thu" within a week, "12 Nov", with a year when it is another. */
export function dayWords(day: Date, now: Millis): string {
  const today = new Date(now);
  const away = daysBetween(today, day);
  if (Math.abs(away) <= 1) return RELATIVE.format(away, "day");
  if (Math.abs(away) < WEEK) return WEEKDAY.format(day);
  return day.getFullYear() === today.getFullYear()
    ? DAY.format(day)
    : DAY_AND_YEAR.format(day);
}

/** Gives how many midnights lie between two moments; negative when the second comes first. */
export function daysBetween(from: Date, to: Date): number {
  const day = (date: Date) =>
    Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((day(to) - day(from)) / 86_400_000);
}

/** Gives the first moment of the day that a moment lies in. */
export function startOfDay(at: Millis): Millis {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** Gives a date written as 2026-11-30, or `null` for anything that is no day of the calendar. */
export function dateOf(text: string): Date | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(text)?.slice(1).map(Number);
  if (parts === undefined) return null;
  const [year = 0, month = 0, day = 0] = parts;
  const date = new Date(2000, 0, 1);
  // Unlike the constructor, this takes the years before 100 as they are.
  date.setFullYear(year, month - 1, day);
  return date.getMonth() === month - 1 && date.getDate() === day ? date : null;
}

const RELATIVE = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const WEEKDAY = new Intl.DateTimeFormat(locale, { weekday: "long" });
const DAY = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const DAY_AND_YEAR = new Intl.DateTimeFormat(locale, {
  day: "numeric",
  month: "short",
  year: "numeric",
});
