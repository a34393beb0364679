/**
 * How a connection is called and how its state reads. Pure: a view and the present time go in,
 * words and a tone come out.
 */
import { endReason, waitingReason } from "./errors";
import { endingGrant } from "./grant";
import type { ConnectionView, ErrorCode, SummaryView } from "./ipc/bindings";
import { locale, t } from "./messages";
import { plainLine } from "./plain";
import { clockTime, countdown, dayOrTime, moment, type Millis } from "./time";

/** The four status colours; each goes with an icon and a word. */
export type Tone = "good" | "busy" | "warn" | "bad";

/** What the state of a connection looks like. */
export type StateKind =
  | "active"
  | "activeOnce"
  | "never"
  | "ending"
  | "missing"
  | "renewing"
  | "revoking"
  | "waiting"
  | "needsSignIn"
  | "keychain";

/** The state of a connection in words. */
export type StateWords = { kind: StateKind; tone: Tone; words: string };

/** Gives the name of a connection: the user's, else the account's, else "Mio account 2". */
export function accountName(view: ConnectionView): string {
  const given = plainLine(view.name ?? "");
  if (given !== "") return given;
  return defaultName(view);
}

/** Gives the name a connection has when the user gave none. */
export function defaultName(view: ConnectionView): string {
  const account = plainLine(view.account ?? "");
  if (account !== "") return account;
  return t("connection.numbered", {
    provider: providerName(view),
    ordinal: view.ordinal,
  });
}

/** Gives a provider's name without the mark of the sandbox, which is shown beside it. */
export function bareName(name: string, sandbox: boolean): string {
  const plain = plainLine(name);
  return sandbox ? plain.replace(/\s*\(sandbox\)$/iu, "") : plain;
}

/** Gives the bare name of a connection's provider. */
export function providerName(view: ConnectionView): string {
  return bareName(view.providerName, view.sandbox);
}

/** Gives the words, kind and tone of a connection's state. */
export function stateWords(view: ConnectionView, now: Millis): StateWords {
  const condition = view.condition;
  const provider = providerName(view);
  switch (condition.kind) {
    case "active":
      return activeWords(view, now);
    case "renewing":
      return { kind: "renewing", tone: "busy", words: t("state.renewing") };
    case "revoking":
      return { kind: "revoking", tone: "busy", words: t("state.revoking") };
    case "waiting":
      return {
        kind: "waiting",
        tone: "warn",
        // Without a network there is no next try, only a next network.
        words:
          condition.error.code === "offline"
            ? waitingReason("offline", provider)
            : nextTryWords(
                waitingReason(condition.error.code, provider),
                condition.nextTryAt,
                now,
              ),
      };
    case "needsSignIn":
      return {
        kind: "needsSignIn",
        tone: "bad",
        words: t("state.needsSignIn", {
          reason: whyEnded(view, condition.error.code),
        }),
      };
    case "keychain":
      return {
        kind: "keychain",
        tone: "warn",
        words: keychainWords(condition.error.code, condition.unsaved),
      };
  }
}

/** Gives why a connection waits for the user, as a sentence without an end. */
export function needReason(view: ConnectionView, now: Millis): string {
  const { condition } = view;
  const provider = providerName(view);
  const end = endingGrant(view, now);
  if (view.needs === null && end?.fixed === true) {
    return t("need.ending", { provider, date: moment(end.at) });
  }
  switch (condition.kind) {
    case "needsSignIn":
      return capitalised(whyEnded(view, condition.error.code));
    case "waiting":
      return capitalised(waitingReason(condition.error.code, provider));
    case "keychain":
      return keychainWords(condition.error.code, condition.unsaved);
    case "active":
    case "renewing":
    case "revoking":
      return capitalised(t("reason.unknown"));
  }
}

/** Tells whether an access came to its end that nothing could have renewed. */
export function hasEndedOnce(view: ConnectionView): boolean {
  const { condition, renewsByItself } = view;
  return (
    condition.kind === "needsSignIn" &&
    condition.error.code === "grant_ended" &&
    !renewsByItself
  );
}

/** Tells whether Keyfob may be asked to renew now. */
export function canRenew(view: ConnectionView): boolean {
  const { condition } = view;
  if (!view.renewsByItself) return false;
  // Without a network it would be refused: it goes on by itself.
  return condition.kind === "waiting"
    ? condition.error.code !== "offline"
    : condition.kind === "active";
}

/** Gives when the provider lets Keyfob read again, while that is still to come. */
export function waitsUntil(
  summary: Pick<SummaryView, "nextTryAt">,
  now: Millis,
): Millis | null {
  const { nextTryAt } = summary;
  return nextTryAt !== null && nextTryAt > now ? nextTryAt : null;
}

/** Gives the connections in the order of the list: by name, then by age. */
export function inListOrder(views: Iterable<ConnectionView>): ConnectionView[] {
  return [...views]
    .map((view) => ({ view, name: accountName(view) }))
    .sort(
      (a, b) =>
        COLLATOR.compare(a.name, b.name) ||
        COLLATOR.compare(a.view.providerName, b.view.providerName) ||
        (a.view.id < b.view.id ? -1 : 1),
    )
    .map(({ view }) => view);
}

const COLLATOR = new Intl.Collator(locale, { numeric: true });

function activeWords(view: ConnectionView, now: Millis): StateWords {
  const end = endingGrant(view, now);
  if (end?.fixed === true) {
    return {
      kind: "ending",
      tone: "warn",
      words: t("state.ending", { date: dayOrTime(end.at, now) }),
    };
  }
  if (view.scopesMissing.length > 0) {
    return {
      kind: "missing",
      tone: "warn",
      words: t("state.missing", { scopes: view.scopesMissing.join(", ") }),
    };
  }
  if (view.expiry.kind === "never") {
    return { kind: "never", tone: "good", words: t("state.never") };
  }
  if (view.renewsByItself) {
    return { kind: "active", tone: "good", words: t("state.active") };
  }
  return { kind: "activeOnce", tone: "good", words: t("state.activeOnce") };
}

/** From a minute ahead on, the time of day would not tell whether anything happens. */
function nextTryWords(reason: string, at: Millis, now: Millis): string {
  const left = at - now;
  return left < 60_000
    ? t("state.waitingSoon", { reason, time: countdown(Math.max(left, 1)) })
    : t("state.waiting", { reason, time: clockTime(at, now) });
}

function keychainWords(code: string, unsaved: boolean): string {
  if (unsaved) return t("state.keychainUnsaved");
  if (code === "keychain_locked" || code === "keychain_dismissed") {
    return t("state.keychainLocked");
  }
  if (code === "keychain_missing") return t("state.keychainMissing");
  return t("state.keychainSilent");
}

function whyEnded(view: ConnectionView, code: ErrorCode): string {
  return hasEndedOnce(view)
    ? t("reason.endedOnce")
    : endReason(code, providerName(view));
}

function capitalised(words: string): string {
  return words.charAt(0).toLocaleUpperCase() + words.slice(1);
}
