/** Canned views for tests: realistic by default, each field open to change. */
import type {
  AttemptView,
  Condition,
  ConnectionView,
  ErrorCode,
  Need,
  ProviderView,
  SummaryView,
  UiEvent,
  WireError,
} from "../../src/lib/ipc/bindings";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export const SUMMARY =
  "You are preparing the autumn release of a design tool and lead a team of four. This week you settled the pricing page with Noor, moved the beta to the 14th and asked Jonas for a second look at the onboarding.\n\nYou like short answers, work best before noon, and are learning Portuguese.";

let serial = 0;

/** Gives an id in the form of a UUIDv7. */
export function newId(): string {
  serial += 1;
  return `01935a6e-7c00-7000-8000-${serial.toString(16).padStart(12, "0")}`;
}

export function wireError(
  code: ErrorCode,
  more: Partial<WireError> = {},
): WireError {
  return { code, retryable: false, connectionId: null, detail: null, ...more };
}

export function connection(more: Partial<ConnectionView> = {}): ConnectionView {
  const now = Date.now();
  return {
    id: newId(),
    revision: 1,
    providerSlug: "mio",
    providerName: "Mio",
    sandbox: false,
    name: null,
    account: "ada@example.org",
    suggestedName: null,
    ordinal: 1,
    condition: { kind: "active" },
    needs: needOf(more.condition),
    expiry: {
      kind: "at",
      at: now + 43 * MINUTE + 20_000,
      lifetimeSeconds: 3600,
      assumed: false,
    },
    renewsByItself: true,
    connectedAt: now - 12 * DAY,
    obtainedAt: now - 17 * MINUTE,
    renewedAt: now - 17 * MINUTE,
    grantEnd: null,
    scopesAsked: ["openid", "profile", "email", "offline_access"],
    scopesGranted: ["openid", "profile", "email", "offline_access"],
    scopesMissing: [],
    summary: summary(),
    canAsk: true,
    revokesAtProvider: false,
    hasAccountPage: true,
    ...more,
  };
}

/** Gives what the engine says that only the user can do about a condition. */
function needOf(condition: Condition | undefined): Need | null {
  if (condition?.kind === "needsSignIn") return "sign_in";
  const refused =
    condition?.kind === "waiting" &&
    condition.error.code === "client_misconfigured";
  return refused ? "set_up" : null;
}

export function summary(more: Partial<SummaryView> = {}): SummaryView {
  return {
    status: "ready",
    text: SUMMARY,
    meetings: null,
    nextTryAt: null,
    asOf: Date.now() - 3 * MINUTE - 5000,
    error: null,
    ...more,
  };
}

export function provider(more: Partial<ProviderView> = {}): ProviderView {
  return {
    slug: "mio",
    name: "Mio",
    sandbox: false,
    own: false,
    host: "app.mio.xyz",
    ready: false,
    clientId: null,
    needsClientSecret: true,
    redirectUris: [
      "dev.keyfob.desktop:/callback/mio",
      "http://127.0.0.1:47117/callback/mio",
    ],
    hasRegistrationPage: true,
    reads: ["mio_summary", "mio_answers", "profile"],
    scopes: ["openid", "profile", "email", "offline_access"],
    ...more,
  };
}

export const PROVIDERS: readonly ProviderView[] = [
  provider(),
  provider({
    slug: "mio-sandbox",
    name: "Mio (sandbox)",
    sandbox: true,
    host: "127.0.0.1",
    ready: true,
    needsClientSecret: false,
    redirectUris: ["dev.keyfob.desktop:/callback/mio-sandbox"],
    hasRegistrationPage: false,
  }),
  provider({
    slug: "mavio",
    name: "Mavio",
    host: "api.mavioapp.com",
    redirectUris: [
      "dev.keyfob.desktop:/callback/mavio",
      "http://127.0.0.1:47117/callback/mavio",
    ],
    hasRegistrationPage: false,
    reads: ["mavio_meetings", "mavio_summaries", "mavio_action_items"],
    scopes: [
      "meetings:read",
      "transcripts:read",
      "summaries:read",
      "action-items:read",
    ],
  }),
  provider({
    slug: "mavio-sandbox",
    name: "Mavio (sandbox)",
    sandbox: true,
    host: "127.0.0.1",
    ready: true,
    needsClientSecret: false,
    redirectUris: ["dev.keyfob.desktop:/callback/mavio-sandbox"],
    hasRegistrationPage: false,
    reads: ["mavio_meetings", "mavio_summaries", "mavio_action_items"],
    scopes: ["meetings:read", "summaries:read", "action-items:read"],
  }),
];

export function attempt(more: Partial<AttemptView> = {}): AttemptView {
  const now = Date.now();
  return {
    id: newId(),
    revision: 1,
    providerSlug: "mio",
    providerName: "Mio",
    connectionId: null,
    step: "waiting",
    question: null,
    error: null,
    startedAt: now - 20_000,
    endsAt: now + 9 * MINUTE + 40_000,
    redirectUri: "dev.keyfob.desktop:/callback/mio",
    ...more,
  };
}

export type Snapshot = Extract<UiEvent, { type: "snapshot" }>;

export function snapshot(more: Partial<Snapshot> = {}): Snapshot {
  return {
    type: "snapshot",
    startup: {
      version: "0.1.0",
      dataDir: "/home/ada/.local/share/keyfob",
    },
    connections: [],
    providers: [...PROVIDERS],
    attempts: [],
    keychain: { kind: "available" },
    notices: [],
    ...more,
  };
}
