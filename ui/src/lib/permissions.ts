/** Lists what a connection may do at its provider: asked, granted and missing scopes. */
import type { ConnectionView } from "./ipc/bindings";
import { t, type PlainKey } from "./messages";
import { plainLine } from "./plain";

/** One scope and how it stands. */
export type Permission = {
  /** The scope as the provider writes it. */
  scope: string;
  standing: "granted" | "missing" | "extra";
  /** What it allows, where that is known. */
  sentence: string | null;
};

/** Gives every scope once: those asked for in their order, then those granted on top. */
export function permissionsOf(
  view: Pick<ConnectionView, "scopesAsked" | "scopesGranted" | "scopesMissing">,
): Permission[] {
  const missing = new Set(view.scopesMissing);
  const asked = new Set([...view.scopesAsked, ...view.scopesMissing]);
  const extra = view.scopesGranted.filter((scope) => !asked.has(scope));
  return [
    ...[...asked].map((scope) =>
      permission(scope, missing.has(scope) ? "missing" : "granted"),
    ),
    ...[...new Set(extra)].map((scope) => permission(scope, "extra")),
  ];
}

const SENTENCES: Readonly<Record<string, PlainKey | undefined>> = {
  openid: "scope.openid",
  profile: "scope.profile",
  email: "scope.email",
  offline_access: "scope.offline_access",
  "meetings:read": "scope.meetings:read",
  "meetings:write": "scope.meetings:write",
  "transcripts:read": "scope.transcripts:read",
  "transcripts:write": "scope.transcripts:write",
  "recordings:read": "scope.recordings:read",
  "notes:read": "scope.notes:read",
  "notes:write": "scope.notes:write",
  "summaries:read": "scope.summaries:read",
  "action-items:read": "scope.action-items:read",
  "action-items:write": "scope.action-items:write",
  "channels:read": "scope.channels:read",
  "team:read": "scope.team:read",
  "webhooks:manage": "scope.webhooks:manage",
};

/** Gives what a scope allows in one sentence, or `null` where that is not known. */
export function scopeSentence(scope: string): string | null {
  const key = Object.hasOwn(SENTENCES, scope) ? SENTENCES[scope] : undefined;
  return key === undefined ? null : t(key);
}

function permission(
  scope: string,
  standing: Permission["standing"],
): Permission {
  return {
    scope: plainLine(scope),
    standing,
    sentence: scopeSentence(scope),
  };
}
