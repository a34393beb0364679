// Written by `cargo test bindings`; do not edit.

export type ErrorCode =
  | "access_denied"
  | "account_changed"
  | "account_gone"
  | "answer_malformed"
  | "answer_too_large"
  | "attempt_expired"
  | "attempt_unknown"
  | "browser_not_opened"
  | "client_misconfigured"
  | "client_not_set_up"
  | "code_rejected"
  | "connection_unknown"
  | "database_corrupted"
  | "database_newer"
  | "database_unavailable"
  | "discovery_failed"
  | "grant_ended"
  | "id_token_refused"
  | "input_invalid"
  | "internal"
  | "issuer_private"
  | "keychain_dismissed"
  | "keychain_failed"
  | "keychain_locked"
  | "keychain_missing"
  | "keychain_timed_out"
  | "offline"
  | "owner_elsewhere"
  | "port_unavailable"
  | "provider_error"
  | "provider_file_broken"
  | "provider_in_use"
  | "provider_not_saved"
  | "provider_overloaded"
  | "provider_unknown"
  | "provider_unreachable"
  | "question_rejected"
  | "redirect_malformed"
  | "redirect_unrelated"
  | "renewal_interrupted"
  | "request_rejected"
  | "revocation_given_up"
  | "revocation_pending"
  | "sandbox_not_started"
  | "scope_missing"
  | "scope_rejected"
  | "secret_missing"
  | "sign_in_interrupted"
  | "state_mismatch"
  | "state_missing"
  | "token_rejected";

export type WireError = {
  /** What went wrong. */
  code: ErrorCode;
  /** Whether the same thing may succeed later by itself. */
  retryable: boolean;
  /** The connection it is about. */
  connectionId: string | null;
  /** Technical text for the curious: plain, short, never a secret. */
  detail: string | null;
};

export type Condition =
  | { kind: "active" }
  | { kind: "renewing" }
  | { kind: "waiting"; error: WireError; nextTryAt: number }
  | { kind: "needsSignIn"; error: WireError }
  | { kind: "keychain"; error: WireError; unsaved: boolean }
  | { kind: "revoking" };

export type Expiry =
  | { kind: "at"; at: number; lifetimeSeconds: number; assumed: boolean }
  | { kind: "never" };

export type GrantEnd = {
  /** The end. */
  at: number;
  /** From when on the user is warned. */
  warnsFrom: number;
  /** Whether renewals leave it where it is, so that only a new sign-in moves it. */
  fixed: boolean;
};

export type SummaryStatus =
  "unavailable" | "loading" | "ready" | "empty" | "failed";

export type Priority = "high" | "medium" | "low";

export type DecisionView = {
  text: string;
  decidedBy: string | null;
};

export type MeetingView = {
  title: string | null;
  startedAt: number | null;
  durationSeconds: number | null;
  platform: string | null;
  participants: number;
  overview: string | null;
  decisions: DecisionView[];
};

export type ActionItemView = {
  title: string | null;
  assignee: string | null;
  /** A date without a time, as 2026-11-30. */
  due: string | null;
  priority: Priority | null;
  inProgress: boolean;
  meeting: string | null;
};

export type MeetingsView = {
  /** Newest first. */
  latest: MeetingView[];
  /** What is left to do. */
  openItems: ActionItemView[];
  /** Whether there are more open items than these. */
  moreItems: boolean;
  /** Scopes for which the provider refused to answer. */
  withheld: string[];
};

export type SummaryView = {
  /** How it stands. */
  status: SummaryStatus;
  /** The last text that was read, also while loading or after a failure. */
  text: string | null;
  /** The last meetings that were read, where the provider knows meetings. */
  meetings: MeetingsView | null;
  /** When the provider lets Keyfob ask again, if it told Keyfob to wait. */
  nextTryAt: number | null;
  /** When it was read. */
  asOf: number | null;
  /** Why the last reading failed. */
  error: WireError | null;
};

export type Need = "sign_in" | "set_up";

export type ConnectionView = {
  id: string;
  revision: number;
  providerSlug: string;
  providerName: string;
  sandbox: boolean;
  name: string | null;
  account: string | null;
  /** A name that its data suggests, while it has none. */
  suggestedName: string | null;
  ordinal: number;
  condition: Condition;
  /** What only the user can do, if anything. */
  needs: Need | null;
  expiry: Expiry;
  renewsByItself: boolean;
  /** When the grant ends, where that is known. */
  grantEnd: GrantEnd | null;
  connectedAt: number;
  obtainedAt: number;
  renewedAt: number | null;
  scopesAsked: string[];
  scopesGranted: string[];
  scopesMissing: string[];
  summary: SummaryView;
  canAsk: boolean;
  revokesAtProvider: boolean;
  hasAccountPage: boolean;
};

export type Reads =
  | "mio_summary"
  | "mio_answers"
  | "mavio_meetings"
  | "mavio_summaries"
  | "mavio_action_items"
  | "mavio_transcripts"
  | "profile"
  | "http_text";

export type ProviderView = {
  /** Its stable short name. */
  slug: string;
  /** Its name as people say it. */
  name: string;
  /** Whether its accounts are pretend. */
  sandbox: boolean;
  /** Whether it is one of the user's own, which can be edited and deleted. */
  own: boolean;
  /** The host of its authorization endpoint. */
  host: string;
  /** Whether a sign-in can begin without anything being entered first. */
  ready: boolean;
  /** The client id the user entered. */
  clientId: string | null;
  /** Whether a client secret goes with it. */
  needsClientSecret: boolean;
  /** The exact URIs to register, best first. */
  redirectUris: string[];
  /** Whether there is a page to register an app on. */
  hasRegistrationPage: boolean;
  /** What will be read there. */
  reads: Reads[];
  /** What will be asked for. */
  scopes: string[];
};

export type AttemptStep =
  | "opening"
  | "waiting"
  | "confirming"
  | "asking"
  | "saving"
  | "connected"
  | "failed"
  | "cancelled";

export type Question =
  | { kind: "isThisYou"; found: string | null }
  | { kind: "otherAccount"; found: string | null; guessed: boolean }
  | {
      kind: "alreadyConnected";
      connectionId: string;
      found: string | null;
      guessed: boolean;
    };

export type Choice = "take" | "separately" | "decline";

export type AttemptView = {
  id: string;
  revision: number;
  providerSlug: string;
  providerName: string;
  connectionId: string | null;
  step: AttemptStep;
  /** What the user is asked, while the step is `asking`. */
  question: Question | null;
  error: WireError | null;
  startedAt: number;
  endsAt: number;
  redirectUri: string;
};

export type KeychainView =
  | { kind: "available" }
  | { kind: "locked" }
  | { kind: "unlocking" }
  | { kind: "missing"; detail: string | null }
  | { kind: "failed"; detail: string | null };

export type Notice = {
  /** Its number. */
  id: number;
  /** What happened. */
  error: WireError;
  /** The provider it is about. */
  providerSlug: string | null;
};

export type Startup = {
  /** Keyfob's version. */
  version: string;
  /** Where its data lies. */
  dataDir: string;
};

export type UiEvent =
  | {
      type: "snapshot";
      startup: Startup;
      connections: ConnectionView[];
      providers: ProviderView[];
      attempts: AttemptView[];
      keychain: KeychainView;
      notices: Notice[];
    }
  | { type: "broken"; error: WireError; dataDir: string }
  | { type: "connection"; connection: ConnectionView }
  | { type: "connectionRemoved"; id: string }
  | { type: "provider"; provider: ProviderView }
  | { type: "providerRemoved"; slug: string }
  | { type: "attempt"; attempt: AttemptView }
  | { type: "attemptRemoved"; id: string }
  | { type: "keychain"; keychain: KeychainView }
  | { type: "notice"; notice: Notice }
  | { type: "noticeRemoved"; id: number }
  | { type: "closeRequested" }
  | { type: "appearance"; dark: boolean | null };

export type Ending = "now" | "later" | "hereOnly";

export type Link =
  | { kind: "providerRegistration"; slug: string }
  | { kind: "presetRegistration"; slug: string }
  | { kind: "providerAccount"; slug: string };

export type Basis =
  | { kind: "new" }
  | { kind: "preset"; slug: string }
  | { kind: "provider"; slug: string }
  | { kind: "file"; text: string };

export type ParameterView = {
  name: string;
  value: string;
};

export type ClientAuthentication = "none" | "basic" | "post";

export type TokenBody = "form" | "json";

export type RedirectKind = "scheme" | "loopback";

export type Pkce = "required" | "accepted" | "unknown" | "rejected";

export type EchoesState = "yes" | "unknown";

export type IdTokenUse = "verify" | "display" | "ignore";

export type ContextForm =
  | { kind: "none" }
  | { kind: "own" }
  | { kind: "userinfo" }
  | { kind: "http"; address: string; pointer: string };

export type ProviderForm = {
  basis: Basis;
  name: string;
  issuer: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  revocationEndpoint: string;
  userinfoEndpoint: string;
  jwksUri: string;
  scopes: string;
  extraParameters: ParameterView[];
  clientAuthentication: ClientAuthentication;
  tokenBody: TokenBody;
  redirectKinds: RedirectKind[];
  pkce: Pkce;
  echoesState: EchoesState;
  sendsIssuer: boolean;
  idToken: IdTokenUse;
  /** As JWS names it; discovery knows it, and the page hands it back. */
  idTokenAlgorithm: string;
  context: ContextForm;
  apiHosts: string;
  extraCa: string;
};

export type Field =
  | "name"
  | "issuer"
  | "authorizationEndpoint"
  | "tokenEndpoint"
  | "revocationEndpoint"
  | "userinfoEndpoint"
  | "jwksUri"
  | "scopes"
  | "extraParameters"
  | "redirectKinds"
  | "idToken"
  | "contextAddress"
  | "contextPointer"
  | "apiHosts"
  | "extraCa"
  | "clientId"
  | "clientSecret";

export type FieldTrouble =
  | "missing"
  | "badName"
  | "nameTaken"
  | "noAddress"
  | "insecure"
  | "protected"
  | "badParameter"
  | "badScope"
  | "tooManyScopes"
  | "noWayBack"
  | "badHost"
  | "foreignHost"
  | "badPointer"
  | "nothingToVerifyWith"
  | "badIssuer"
  | "badCertificate"
  | "badDays"
  | "badCredential";

export type FieldFaultView = {
  /** The field. */
  field: Field;
  /** What is wrong. */
  trouble: FieldTrouble;
  /** The word it is about: a parameter, a scope, a host. */
  word: string | null;
};

export type CheckView = {
  /** What has to be corrected. */
  faults: FieldFaultView[];
  /** What to register at the provider, best first; none as long as it has no name. */
  redirectUris: string[];
};

export type HostMove = {
  /** Which address. */
  field: Field;
  /** The host there is; empty for one that gains the right to see the access token. */
  from: string;
  /** The host there would be. */
  to: string;
};

export type SaveAnswer =
  | { kind: "saved"; slug: string }
  | { kind: "faults"; faults: FieldFaultView[] }
  | { kind: "moves"; moves: HostMove[]; connections: number };

export type PresetView = {
  /** The preset's slug. */
  slug: string;
  /** Its name as people say it. */
  name: string;
  /** The host of its authorization endpoint. */
  host: string;
  /** Whether a client secret goes with it. */
  needsClientSecret: boolean;
};

export type IssuerTrouble =
  | "notAnIssuer"
  | "unreachable"
  | "tooSlow"
  | "nothingThere"
  | "redirected"
  | "otherIssuer"
  | "tooLarge"
  | "unreadable"
  | "unusable"
  | "pushedOnly"
  | "plainPkceOnly";

export type DiscoveryAnswer =
  | { kind: "found"; form: ProviderForm; foreignHosts: string[] }
  | {
      kind: "trouble";
      /** Why. */
      trouble: IssuerTrouble;
      /** The host or address that it is about. */
      place: string;
      /** The same with all particulars. */
      error: WireError;
    };
