/**
 * Words for durations and moments, computed from absolute times. Reads no clock: whoever asks
 * brings the present time, so sleep and clock changes show at once.
 */
import { locale, t } from "./messages";
import type { Expiry } from "./ipc/bindings";

/** Milliseconds: a length of time, or a moment since 1970-01-01T00:00:00Z. */
export type Millis = number;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Gives the words of a countdown: "3 d 4 h", "2 h 05 min", "12:34", "expired". */
export function countdown(remaining: Millis): string {
  // A second that has begun still counts, so that the last one shown is 0:01.
  const left = Math.ceil(remaining / SECOND) * SECOND;
  if (left <= 0) return t("time.expired");
  if (left >= DAY) {
    return t("time.daysHours", {
      days: Math.floor(left / DAY),
      hours: Math.floor((left % DAY) / HOUR),
    });
  }
  if (left >= HOUR) {
    return t("time.hoursMinutes", {
      hours: Math.floor(left / HOUR),
      minutes: twoDigits(Math.floor((left % HOUR) / MINUTE)),
    });
  }
  return t("time.minutesSeconds", {
    minutes: String(Math.floor(left / MINUTE)),
    seconds: twoDigits(Math.floor((left % MINUTE) / SECOND)),
  });
}

/** Gives the share of a lifetime that is left, from 1 (new) to 0 (expired). */
export function shareLeft(
  expiry: Extract<Expiry, { kind: "at" }>,
  now: Millis,
): number {
  const lifetime = expiry.lifetimeSeconds * SECOND;
  if (lifetime <= 0) return 0;
  return Math.min(1, Math.max(0, (expiry.at - now) / lifetime));
}

/** Gives how long ago a moment was: "just now", "3 min ago"; the future counts as now. */
export function ago(at: Millis, now: Millis): string {
  const past = now - at;
  if (past < MINUTE) return t("time.justNow");
  if (past < HOUR) {
    return t("time.minutesAgo", { minutes: Math.floor(past / MINUTE) });
  }
  if (past < DAY) return t("time.hoursAgo", { hours: Math.floor(past / HOUR) });
  return t("time.daysAgo", { days: Math.floor(past / DAY) });
}

/** Gives the time of day, with the date when it is not today. */
export function clockTime(at: Millis, now: Millis): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  return sameDay ? TIME.format(at) : MOMENT.format(at);
}

/** Gives the day and the month, or the time of day when it is today. */
export function dayOrTime(at: Millis, now: Millis): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString();
  return sameDay ? TIME.format(at) : DAY_AND_MONTH.format(at);
}

/** Gives date and time in the user's way of writing them. */
export function moment(at: Millis): string {
  return MOMENT.format(at);
}

const TIME = new Intl.DateTimeFormat(locale, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const DAY_AND_MONTH = new Intl.DateTimeFormat(locale, {
  day: "numeric",
  month: "short",
});
const MOMENT = new Intl.DateTimeFormat(locale, {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
