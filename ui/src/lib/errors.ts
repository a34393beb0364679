/**
 * The one table from error codes to sentences and next steps. It is total: a code without an
 * entry here, or without its three messages, does not compile.
 */
import type { ErrorCode } from "./ipc/bindings";
import { format, t, type MessageKey } from "./messages";

/** What the user can do about an error with one click. */
export type NextAction =
  | "tryAgain"
  | "setUp"
  | "changeSetUp"
  | "unlock"
  | "retryKeychain"
  | "reconnect"
  | "connectAgain"
  | "none";

type Row = {
  action: NextAction;
  /** The end of "Sign in again: …" when this error ended a connection. */
  reason: MessageKey;
  /** The beginning of "… Next try 14:05" when a renewal waits after this error. */
  waiting: MessageKey;
};

const rest = { reason: "reason.unknown", waiting: "waiting.failed" } as const;

const table = {
  access_denied: { ...rest, action: "tryAgain" },
  account_changed: {
    ...rest,
    action: "reconnect",
    reason: "reason.accountChanged",
  },
  account_gone: { ...rest, action: "none", reason: "reason.accountGone" },
  answer_malformed: { ...rest, action: "tryAgain" },
  answer_too_large: { ...rest, action: "tryAgain" },
  attempt_expired: { ...rest, action: "tryAgain" },
  attempt_unknown: { ...rest, action: "tryAgain" },
  browser_not_opened: { ...rest, action: "tryAgain" },
  client_misconfigured: {
    action: "changeSetUp",
    reason: "reason.misconfigured",
    waiting: "waiting.misconfigured",
  },
  client_not_set_up: { ...rest, action: "setUp", reason: "reason.notSetUp" },
  code_rejected: { ...rest, action: "tryAgain" },
  connection_unknown: { ...rest, action: "none" },
  database_corrupted: { ...rest, action: "none" },
  database_newer: { ...rest, action: "none" },
  database_unavailable: { ...rest, action: "none" },
  discovery_failed: { ...rest, action: "tryAgain" },
  grant_ended: { ...rest, action: "reconnect", reason: "reason.grantEnded" },
  id_token_refused: { ...rest, action: "tryAgain" },
  input_invalid: { ...rest, action: "none" },
  internal: { ...rest, action: "tryAgain" },
  issuer_private: { ...rest, action: "none" },
  keychain_dismissed: { ...rest, action: "unlock" },
  keychain_failed: { ...rest, action: "retryKeychain" },
  keychain_locked: { ...rest, action: "unlock" },
  keychain_missing: { ...rest, action: "retryKeychain" },
  keychain_timed_out: { ...rest, action: "retryKeychain" },
  offline: { ...rest, action: "tryAgain", waiting: "waiting.offline" },
  owner_elsewhere: { ...rest, action: "none" },
  port_unavailable: { ...rest, action: "tryAgain" },
  provider_error: {
    ...rest,
    action: "tryAgain",
    waiting: "waiting.providerError",
  },
  provider_file_broken: { ...rest, action: "none" },
  provider_in_use: { ...rest, action: "none" },
  provider_not_saved: { ...rest, action: "tryAgain" },
  provider_overloaded: {
    ...rest,
    action: "tryAgain",
    waiting: "waiting.overloaded",
  },
  provider_unknown: { ...rest, action: "none" },
  provider_unreachable: {
    ...rest,
    action: "tryAgain",
    waiting: "waiting.unreachable",
  },
  question_rejected: { ...rest, action: "none" },
  redirect_malformed: { ...rest, action: "tryAgain" },
  redirect_unrelated: { ...rest, action: "connectAgain" },
  renewal_interrupted: {
    ...rest,
    action: "reconnect",
    reason: "reason.interrupted",
  },
  request_rejected: { ...rest, action: "tryAgain" },
  revocation_given_up: { ...rest, action: "none" },
  revocation_pending: { ...rest, action: "none" },
  sandbox_not_started: { ...rest, action: "tryAgain" },
  scope_missing: { ...rest, action: "reconnect" },
  scope_rejected: { ...rest, action: "changeSetUp" },
  secret_missing: {
    ...rest,
    action: "reconnect",
    reason: "reason.secretMissing",
  },
  sign_in_interrupted: { ...rest, action: "connectAgain" },
  state_mismatch: { ...rest, action: "tryAgain" },
  state_missing: { ...rest, action: "tryAgain" },
  token_rejected: { ...rest, action: "reconnect", reason: "reason.rejected" },
} satisfies Record<ErrorCode, Row>;

/** Every code that has sentences. */
export const errorCodes = Object.keys(table) as ErrorCode[];

/** An error in words. */
export type ErrorWords = {
  title: string;
  meaning: string;
  next: string;
  action: NextAction;
};

/** Gives title, meaning and next step of an error; `provider` is its display name, if known. */
export function errorWords(
  code: ErrorCode,
  provider: string | null,
): ErrorWords {
  const known = code in table ? code : "internal";
  const values = { provider: provider ?? t("provider.fallback") };
  const words = (part: "title" | "meaning" | "next") => {
    const key: MessageKey = `error.${known}.${part}`;
    return capitalised(format(key, values));
  };
  return {
    title: words("title"),
    meaning: words("meaning"),
    next: words("next"),
    action: table[known].action,
  };
}

/** Gives an error in words for a sign-in, which never goes on by itself. */
export function signInWords(
  code: ErrorCode,
  provider: string | null,
): ErrorWords {
  const words = errorWords(code, provider);
  return code === "offline" || code === "provider_overloaded"
    ? { ...words, next: t(`error.${code}.signIn`) }
    : words;
}

/** Gives an error in words for a renewal, which goes on by itself unless the set-up is wrong. */
export function renewalWords(code: ErrorCode, provider: string): ErrorWords {
  const words = errorWords(code, provider);
  const says = code === "offline" || code === "provider_overloaded";
  return words.action === "tryAgain" && !says
    ? { ...words, next: t("waiting.next") }
    : words;
}

/** Gives why a connection ended, as the end of "Sign in again: …". */
export function endReason(code: ErrorCode, provider: string): string {
  return format(rowOf(code).reason, { provider });
}

/** Gives why a renewal waits, as the beginning of "… Next try 14:05". */
export function waitingReason(code: ErrorCode, provider: string): string {
  return format(rowOf(code).waiting, { provider });
}

/** Gives why an answer was refused while its authorization attempt goes on waiting. */
export function doubtWords(code: ErrorCode, provider: string): string {
  if (code === "state_mismatch" || code === "state_missing") {
    return t(`doubt.${code}`, { provider });
  }
  return t("doubt.other", { provider });
}

/** Tells whether an error stands between Keyfob and the keychain, and nothing else. */
export function isKeychainTrouble(code: ErrorCode): boolean {
  const { action } = rowOf(code);
  return action === "unlock" || action === "retryKeychain";
}

/** Tells whether an error is mended in a provider's set-up, which is there already or not yet. */
export function isSetUpTrouble(code: ErrorCode): boolean {
  const { action } = rowOf(code);
  return action === "setUp" || action === "changeSetUp";
}

/** Gives the words on the button of a next action, or `null` where there is none. */
export function actionWords(action: NextAction): string | null {
  return action === "none" ? null : t(actionKeys[action]);
}

const actionKeys = {
  tryAgain: "action.tryAgain",
  setUp: "action.setUp",
  changeSetUp: "provider.changeSetUp",
  unlock: "action.unlock",
  retryKeychain: "action.tryAgain",
  reconnect: "action.reconnect",
  connectAgain: "action.connectAgain",
} as const satisfies Record<Exclude<NextAction, "none">, MessageKey>;

function rowOf(code: ErrorCode): Row {
  return code in table ? table[code] : table.internal;
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toLocaleUpperCase() + sentence.slice(1);
}
