/**
 * Meetings and action items in words. Pure: views and the present time go in, plain text comes
 * out. Every text is another person's, so each is stripped of what could disguise it.
 */
import { dateOf, dayWords, daysBetween } from "./days";
import type { ActionItemView, MeetingView } from "./ipc/bindings";
import { t } from "./messages";
import { plainLine } from "./plain";
import { clockTime, type Millis } from "./time";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
// What lies beyond is no date (ECMAScript 21.4.1.1).
const LAST_MOMENT = 8.64e15;
// How much of a meeting is read at a glance, in characters and in decisions.
const AT_A_GLANCE = 320;
const FEW_DECISIONS = 3;

/** Gives the title of a meeting. */
export function meetingTitle(meeting: MeetingView): string {
  return plainLine(meeting.title ?? "") || t("meetings.untitled");
}

/** Gives what is known of a meeting besides its title: when, how long, where, how many people. */
export function meetingFacts(meeting: MeetingView, now: Millis): string[] {
  const { startedAt, durationSeconds, participants } = meeting;
  return [
    startedAt === null ? "" : meetingTime(startedAt, now),
    durationSeconds === null ? "" : durationWords(durationSeconds),
    platformName(meeting.platform),
    participants > 0 ? t("meetings.people", { count: participants }) : "",
  ].filter((fact) => fact !== "");
}

/** Gives when a meeting began, "Today, 14:05"; nothing for a moment outside the calendar. */
export function meetingTime(at: Millis, now: Millis): string {
  if (!(Math.abs(at) <= LAST_MOMENT)) return "";
  const day = capitalised(dayWords(new Date(at), now));
  return t("meetings.at", { day, time: clockTime(at, at) });
}

/** Gives a duration in whole minutes: "45 min", "1 h 05 min"; nothing where there was none. */
export function durationWords(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds <= 0) return "";
  const minutes = Math.max(1, Math.round(seconds / MINUTE));
  if (minutes * MINUTE < HOUR) return t("meetings.minutes", { minutes });
  return t("time.hoursMinutes", {
    hours: Math.floor(minutes / 60),
    minutes: String(minutes % 60).padStart(2, "0"),
  });
}

/** Tells whether a meeting says so much that only its beginning is shown at first. */
export function isLong({ overview, decisions }: MeetingView): boolean {
  const letters = decisions.reduce(
    (sum, { text }) => sum + text.length,
    overview?.length ?? 0,
  );
  return letters > AT_A_GLANCE || decisions.length > FEW_DECISIONS;
}

/** Gives the title of an action item. */
export function itemTitle(item: ActionItemView): string {
  return plainLine(item.title ?? "") || t("items.untitled");
}

/** When an action item is due, in words, and whether that has passed. */
export type Due = { words: string; overdue: boolean };

/** Gives when an action item is due; what is no date is shown as it was written. */
export function dueOf(item: ActionItemView, now: Millis): Due | null {
  const written = plainLine(item.due ?? "");
  if (written === "") return null;
  const day = dateOf(written);
  if (day === null) {
    return { words: t("items.due", { date: written }), overdue: false };
  }
  const overdue = daysBetween(new Date(now), day) < 0;
  const date = dayWords(day, now);
  return {
    words: overdue ? t("items.overdue", { date }) : t("items.due", { date }),
    overdue,
  };
}

/** Gives an item's priority in words; nothing where it has none. */
export function priorityWords(item: ActionItemView): string {
  return item.priority === null ? "" : t(`items.${item.priority}`);
}

/** Gives what a refused scope keeps from the user. */
export function withheldWords(scope: string): string {
  switch (scope) {
    case "meetings:read":
      return t("withheld.meetings", { scope });
    case "summaries:read":
      return t("withheld.summaries", { scope });
    case "action-items:read":
      return t("withheld.items", { scope });
    default:
      return t("withheld.other", { scope });
  }
}

// Names of products: the same in every language.
const PLATFORMS: Readonly<Record<string, string | undefined>> = {
  zoom: "Zoom",
  google_meet: "Google Meet",
  meet: "Google Meet",
  teams: "Microsoft Teams",
  microsoft_teams: "Microsoft Teams",
  webex: "Webex",
};

function platformName(platform: string | null): string {
  const plain = plainLine(platform ?? "");
  const key = plain.toLowerCase().replace(/[\s-]+/gu, "_");
  const known = Object.hasOwn(PLATFORMS, key) ? PLATFORMS[key] : undefined;
  return known ?? plain;
}

function capitalised(words: string): string {
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}
