/** Meetings and open action items as plain text, for the clipboard. */
import type { ActionItemView, MeetingsView, MeetingView } from "./ipc/bindings";
import {
  dueOf,
  itemTitle,
  meetingFacts,
  meetingTitle,
  priorityWords,
} from "./meetings";
import { t } from "./messages";
import { plainLine, plainParagraphs } from "./plain";
import { moment, type Millis } from "./time";

/** Where the meetings come from and when they were read. */
export type Source = { provider: string; asOf: Millis };

/** Gives everything that was read, also what the window keeps behind a button. */
export function digest(
  meetings: MeetingsView,
  { provider, asOf }: Source,
  now: Millis,
): string {
  return [
    t("meetings.digest", { provider, time: moment(asOf) }),
    ...meetings.latest.map((one) => meetingText(one, now)),
    itemsText(meetings, provider, now),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function meetingText(meeting: MeetingView, now: Millis): string {
  const decisions = meeting.decisions.map(({ text, decidedBy }) => {
    const name = plainLine(decidedBy ?? "");
    return `- ${plainLine(text)}${name === "" ? "" : ` (${name})`}`;
  });
  return [
    meetingTitle(meeting),
    meetingFacts(meeting, now).join(" · "),
    ...plainParagraphs(meeting.overview ?? ""),
    decisions.length > 0 ? `${t("meetings.decisions")}:` : "",
    ...decisions,
  ]
    .filter((line) => line !== "")
    .join("\n");
}

function itemsText(
  { openItems, moreItems }: MeetingsView,
  provider: string,
  now: Millis,
): string {
  if (openItems.length === 0) return "";
  return [
    `${t("items.title")}:`,
    ...openItems.map((item) => `- ${itemText(item, now)}`),
    ...(moreItems ? [t("items.more", { provider })] : []),
  ].join("\n");
}

function itemText(item: ActionItemView, now: Millis): string {
  return [
    itemTitle(item),
    plainLine(item.assignee ?? ""),
    dueOf(item, now)?.words ?? "",
    priorityWords(item),
    item.inProgress ? t("items.inProgress") : "",
  ]
    .filter((part) => part !== "")
    .join(" · ");
}
