/** Canned meetings and action items for tests: realistic by default, each field open to change. */
import type {
  ActionItemView,
  ConnectionView,
  MeetingsView,
  MeetingView,
} from "../../src/lib/ipc/bindings";
import { connection, summary } from "./views";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const MAVIO_SCOPES = [
  "meetings:read",
  "transcripts:read",
  "summaries:read",
  "action-items:read",
];

export function meeting(more: Partial<MeetingView> = {}): MeetingView {
  return {
    title: "Pricing review",
    startedAt: Date.now() - 3 * HOUR,
    durationSeconds: 45 * 60,
    platform: "zoom",
    participants: 4,
    overview:
      "The team compared three price lists and agreed to keep the tiers.",
    decisions: [{ text: "Keep three tiers", decidedBy: "Noor Haddad" }],
    ...more,
  };
}

export function item(more: Partial<ActionItemView> = {}): ActionItemView {
  return {
    title: "Send the price list to Jonas",
    assignee: "Ada Byron",
    due: dayFromNow(4),
    priority: "medium",
    inProgress: false,
    meeting: "Pricing review",
    ...more,
  };
}

/** Gives a day as it comes over the wire, 2026-11-30. */
export function dayFromNow(days: number): string {
  const day = new Date();
  day.setDate(day.getDate() + days);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

const TITLES = [
  "Pricing review",
  "Onboarding, second look",
  "Beta go or no-go",
  "Weekly with the design team",
  "Interview: Priya Raman",
  "Contract with the printer",
];

export function meetings(more: Partial<MeetingsView> = {}): MeetingsView {
  return {
    latest: TITLES.map((title, place) =>
      meeting({
        title,
        startedAt: Date.now() - 3 * HOUR - place * 1.6 * DAY,
        durationSeconds: (25 + 20 * place) * 60,
        platform: ["zoom", "google_meet", "teams"][place % 3] ?? null,
        participants: place + 1,
        ...(place === 1
          ? {
              overview:
                "New users stop at the third step. Jonas showed recordings of five first sessions: nobody found the import, and two took the sample project for their own. The group wants fewer steps rather than better ones, and will test a version without the tour in the first week of the month. Ada asked for numbers before and after.",
              decisions: [
                {
                  text: "Take the tour out of the beta",
                  decidedBy: "Ada Byron",
                },
                { text: "Show the import first", decidedBy: "Jonas Weber" },
                { text: "Measure the first session", decidedBy: null },
                { text: "Meet again on the 14th", decidedBy: "Ada Byron" },
              ],
            }
          : {}),
        ...(place === 2 ? { overview: null, decisions: [] } : {}),
      }),
    ),
    openItems: [
      item({
        title: "Book the room for the launch",
        due: dayFromNow(-2),
        priority: "high",
      }),
      item(),
      item({
        title: "Draft the changelog",
        inProgress: true,
        due: dayFromNow(1),
      }),
      item({
        title: "Ask the printer for a proof",
        assignee: "Jonas Weber",
        priority: "low",
      }),
      item({
        title: "Collect questions for Priya",
        due: null,
        meeting: "Interview: Priya Raman",
      }),
      item({
        title: "Renew the domain",
        assignee: null,
        priority: null,
        due: dayFromNow(20),
        meeting: null,
      }),
      item({ title: "Write to the landlord", due: dayFromNow(9) }),
    ],
    moreItems: true,
    withheld: [],
    ...more,
  };
}

/** Gives a connection at Mavio whose last reading found these meetings. */
export function mavio(
  found: MeetingsView | null = meetings(),
  more: Partial<ConnectionView> = {},
): ConnectionView {
  return connection({
    providerSlug: "mavio",
    providerName: "Mavio",
    name: "Ada at work",
    account: null,
    scopesAsked: MAVIO_SCOPES,
    scopesGranted: MAVIO_SCOPES,
    canAsk: false,
    hasAccountPage: true,
    summary: summary({ text: null, meetings: found }),
    ...more,
  });
}
