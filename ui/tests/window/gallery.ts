/** Every view in every state that a user can meet, for looking at and for checking. */
import type { AttemptView, UiEvent } from "../../src/lib/ipc/bindings";
import type { Look, OpenWindow } from "../support/window";
import {
  attempt,
  connection,
  newId,
  provider,
  PROVIDERS,
  snapshot,
  summary,
  SUMMARY,
  wireError,
} from "../support/views";
import type { Reply } from "../support/native";
import { mavioScenes } from "./mavio-scenes";
import { providerScenes } from "./provider-scenes";

export type Scene = {
  name: string;
  events: UiEvent[];
  look?: Partial<Look>;
  replies?: Record<string, Reply>;
  act?: (window: OpenWindow) => Promise<void>;
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const now = Date.now();

const at = (left: number, lifetimeSeconds: number) =>
  ({ kind: "at", at: now + left, lifetimeSeconds, assumed: false }) as const;

const ready = [
  provider({ ready: true, clientId: "mio_client_4f1c9a" }),
  ...PROVIDERS.slice(1),
];

const active = connection({ account: "ada@example.org" });
const everyCondition = [
  active,
  connection({
    account: "grace@example.com",
    condition: { kind: "renewing" },
    expiry: at(6 * MINUTE, 3600),
  }),
  connection({
    name: "Studio",
    condition: {
      kind: "waiting",
      error: wireError("provider_unreachable", {
        retryable: true,
        detail: "connect to api.mio.xyz:443: connection refused",
      }),
      nextTryAt: now + 4 * MINUTE,
    },
    expiry: at(2 * MINUTE + 34_000, 3600),
  }),
  connection({
    account: "joan@example.net",
    condition: {
      kind: "needsSignIn",
      error: wireError("grant_ended", {
        detail: "invalid_grant: refresh token revoked",
      }),
    },
    expiry: at(-2 * HOUR, 3600),
  }),
  connection({
    account: "katherine@example.org",
    condition: {
      kind: "keychain",
      error: wireError("keychain_locked"),
      unsaved: true,
    },
  }),
  connection({
    account: "leaving@example.org",
    condition: { kind: "revoking" },
  }),
  connection({
    account: "mary@example.org",
    scopesAsked: ["openid", "profile", "email", "transcripts:read"],
    scopesGranted: ["openid", "profile", "email", "team:read"],
    scopesMissing: ["transcripts:read"],
    expiry: at(26 * HOUR, 86_400 * 2),
  }),
  connection({
    account: "no-refresh@example.org",
    renewsByItself: false,
    renewedAt: null,
    expiry: at(2 * HOUR + 5 * MINUTE, 14_400),
  }),
  connection({
    account: null,
    ordinal: 2,
    expiry: { kind: "never" },
    renewsByItself: false,
  }),
  connection({
    providerSlug: "mio-sandbox",
    providerName: "Mio (sandbox)",
    sandbox: true,
    account: "tester@sandbox.example",
  }),
  connection({
    account: "until-christmas@example.org",
    grantEnd: { at: now + 62 * HOUR, warnsFrom: now - HOUR, fixed: true },
  }),
  connection({
    account: "unrenewed@example.org",
    condition: {
      kind: "waiting",
      error: wireError("offline"),
      nextTryAt: now - HOUR,
    },
    expiry: at(-26 * HOUR, 3600),
    grantEnd: { at: now + 62 * HOUR, warnsFrom: now - HOUR, fixed: false },
  }),
];

const long = connection({
  name: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbea",
  account: "a-very-long-account-name-that-goes-on-and-on@subdomain.example.org",
  providerName: "Gesellschaft für Kontextverwaltung und Zusammenfassungen",
  condition: {
    kind: "needsSignIn",
    error: wireError("client_misconfigured", {
      detail: `invalid_client: ${"x".repeat(180)}`,
    }),
  },
  scopesAsked: [
    "https://www.example.org/auth/very/long/scope/that/never/ends.readonly",
    "openid",
  ],
  scopesGranted: ["openid"],
  scopesMissing: [
    "https://www.example.org/auth/very/long/scope/that/never/ends.readonly",
  ],
  summary: summary({
    status: "failed",
    text: `${SUMMARY}\n\n${"unbroken".repeat(60)}`,
    asOf: now - 26 * HOUR,
    error: wireError("provider_overloaded", {
      detail: "429 Too Many Requests",
    }),
  }),
});

const hostile = connection({
  name: "<img src=x onerror=alert(1)>\u202egro.live@ada",
  account: "<script>alert(1)</script>",
  summary: summary({
    text: "<b>bold?</b> <img src=x onerror=\"document.title='owned'\">\u0007\u202e desrever\n\n{user, select, other {x}}",
  }),
});

const thousand = Array.from({ length: 1000 }, (_, place) =>
  connection({
    account: `account-${String(place + 1)}@example.org`,
    expiry: at((place + 1) * 97_000, (place + 1) * 130),
    ...(place % 97 === 5
      ? {
          condition: {
            kind: "needsSignIn",
            error: wireError("grant_ended"),
          } as const,
        }
      : {}),
  }),
);

const home = (...connections: ReturnType<typeof connection>[]) =>
  snapshot({ connections, providers: ready });

const sheetAt = (more: Partial<AttemptView>): UiEvent[] => [
  snapshot({
    connections: [active],
    providers: ready,
    attempts: [attempt(more)],
  }),
];

/** The dialogs come after the first paint. */
const sheetIsThere = async (window: OpenWindow) => {
  await window.text("sheet");
};

const open = (id: string) => (window: OpenWindow) => window.click(`row-${id}`);

const conditionScenes: Scene[] = everyCondition.map((one) => ({
  name: `detail-${one.condition.kind}-${String(everyCondition.indexOf(one))}`,
  // The lights alternate: the panel's tones are measured in both by the test of contrasts.
  look: { dark: everyCondition.indexOf(one) % 2 === 1 },
  events: [home(...everyCondition)],
  act: open(one.id),
}));

const stepScenes: Scene[] = (
  ["opening", "waiting", "confirming", "saving", "connected"] as const
).map((step) => ({
  name: `sheet-${step}`,
  act: sheetIsThere,
  events: sheetAt({ step, connectionId: null }),
}));

const doubtScenes: Scene[] = (["state_mismatch", "state_missing"] as const).map(
  (code, place) => ({
    name: `sheet-doubt-${code}`,
    act: sheetIsThere,
    look: { dark: place === 1 },
    events: sheetAt({ step: "waiting", error: wireError(code) }),
  }),
);

const revokeScenes: Scene[] = (
  ["provider_unreachable", "keychain_locked"] as const
).map((code, place) => ({
  name: `revoke-failed-${code}`,
  look: { dark: place === 1 },
  events: [home(connection({ revokesAtProvider: true }))],
  replies: { revoke: { error: wireError(code, { detail: "503" }) } },
  act: async (window: OpenWindow) => {
    await window.click("revoke");
    await window.click("revoke-confirm");
    await window.text("revoke-error");
  },
}));

const failureScenes: Scene[] = (
  [
    "access_denied",
    "client_misconfigured",
    "keychain_locked",
    "keychain_failed",
    "code_rejected",
    "scope_rejected",
    "request_rejected",
  ] as const
).map((code, place) => ({
  name: `sheet-failed-${code}`,
  act: sheetIsThere,
  look: { dark: place % 2 === 0 },
  events: sheetAt({
    step: "failed",
    error: wireError(code, {
      detail: `400 {"error":"${code}","error_description":"<b>no</b>"}`,
    }),
  }),
}));

const keychainScenes: Scene[] = (
  [
    { kind: "locked" },
    { kind: "unlocking" },
    { kind: "missing", detail: "ServiceUnknown: org.freedesktop.secrets" },
    { kind: "failed", detail: null },
  ] as const
).map((keychain) => ({
  name: `keychain-${keychain.kind}`,
  events: [snapshot({ connections: [active], providers: ready, keychain })],
}));

const summaryScenes: Scene[] = (
  [
    { status: "loading", text: null, asOf: null, error: null },
    { status: "loading", text: SUMMARY, asOf: now - HOUR, error: null },
    { status: "empty", text: null, asOf: now - HOUR, error: null },
    {
      status: "failed",
      text: SUMMARY,
      asOf: now - HOUR,
      error: wireError("offline"),
    },
    {
      status: "failed",
      text: null,
      asOf: null,
      error: wireError("answer_malformed", { detail: "expected value at 1:1" }),
    },
  ] as const
).map((one, place) => ({
  name: `summary-${one.status}-${String(place)}`,
  events: [home(connection({ summary: summary(one), hasAccountPage: false }))],
}));

const sizes: [string, Partial<Look>][] = [
  ["", {}],
  ["-dark", { dark: true }],
  ["-480", { width: 480, height: 640 }],
  ["-480-dark", { width: 480, height: 420, dark: true }],
  ["-200", { text: 2 }],
  ["-480-200", { width: 480, height: 640, text: 2 }],
];

const inSizes = (chosen: typeof sizes, scene: Scene): Scene[] =>
  chosen.map(([suffix, look]) => ({
    ...scene,
    name: `${scene.name}${suffix}`,
    look,
  }));

const inEverySize = (scene: Scene) => inSizes(sizes, scene);

/** For what is drawn of parts that other scenes show in every size. */
const inFewSizes = (scene: Scene) =>
  inSizes(
    sizes.filter(([suffix]) => ["", "-480-dark", "-480-200"].includes(suffix)),
    scene,
  );

const chooseProvider = (window: OpenWindow) => window.click("connect-button");

const setUp: Scene = {
  name: "set-up",
  events: [home(active), { type: "provider", provider: provider() }],
  act: async (window) => {
    await window.click("connect-button");
    await window.click("provider-mio");
    await window.text("setup-save");
  },
};

/** All scenes, each with a name of its own. */
export const scenes: Scene[] = [
  ...mavioScenes,
  ...providerScenes,
  ...inEverySize({ name: "first-run", events: [snapshot()] }),
  ...inEverySize({ name: "home", events: [home(...everyCondition)] }),
  ...inEverySize({
    name: "detail",
    events: [home(...everyCondition)],
    act: open(active.id),
  }),
  ...inFewSizes({
    name: "long",
    events: [home(long, active)],
    act: open(long.id),
  }),
  ...inFewSizes(setUp),
  ...inFewSizes({
    name: "sheet",
    act: sheetIsThere,
    events: sheetAt({ step: "waiting", id: newId() }),
  }),
  ...inFewSizes({
    name: "choose",
    events: [home(active)],
    act: chooseProvider,
  }),
  {
    name: "set-up-faults",
    events: setUp.events,
    act: async (window) => {
      await setUp.act?.(window);
      await window.type("setup-client-id", "two words");
      await window.click("setup-save");
    },
  },
  { name: "no-providers", events: [snapshot({ providers: [] })] },
  {
    name: "choose-empty",
    events: [snapshot({ connections: [active], providers: [] })],
    act: chooseProvider,
  },
  { name: "one-row", events: [home(active)] },
  { name: "thousand", events: [home(...thousand)] },
  { name: "hostile", events: [home(hostile, active)], act: open(hostile.id) },
  ...conditionScenes,
  ...stepScenes,
  ...failureScenes,
  ...keychainScenes,
  ...doubtScenes,
  ...revokeScenes,
  ...[
    { name: "filtered", text: "mio o", look: {} },
    { name: "filtered-dark", text: "o", look: { dark: true } },
    { name: "filtered-480", text: "ada", look: { width: 480 } },
    { name: "filtered-none", text: "Nobody of this name", look: {} },
  ].map(({ name, text, look }) => ({
    name,
    look,
    events: [home(...everyCondition)],
    act: (window: OpenWindow) => window.type("filter", text),
  })),
  ...summaryScenes,
  ...[false, true].map((revokesAtProvider) => ({
    name: `revoke-${revokesAtProvider ? "there" : "here"}`,
    events: [home(connection({ revokesAtProvider }))],
    look: { dark: revokesAtProvider },
    act: (window: OpenWindow) => window.click("revoke"),
  })),
  {
    name: "rename",
    events: [home(active)],
    act: (window) => window.click("rename"),
  },
  {
    name: "answers",
    events: [home(active)],
    replies: {
      ask: {
        ok: "Three things:\n\n1. The pricing page with Noor.\n2. The beta on the 14th.\n3. Jonas and the onboarding.",
      },
    },
    act: async (window) => {
      await window.type("question-input", "What is on my plate this week?");
      await window.click("question-send");
      await window.text("answer");
    },
  },
  {
    name: "question-refused",
    events: [home(active)],
    replies: {
      ask: { error: wireError("question_rejected", { detail: "422" }) },
    },
    act: async (window) => {
      await window.type("question-input", "What is on my plate this week?");
      await window.click("question-send");
      await window.text("question-error");
    },
  },
  {
    name: "notices",
    events: [
      snapshot({
        connections: [active],
        providers: ready,
        notices: [
          {
            id: 1,
            error: wireError("sign_in_interrupted"),
            providerSlug: "mio",
          },
          {
            id: 2,
            error: wireError("provider_file_broken", {
              detail: "mio.toml, line 4, column 9: expected a string",
            }),
            providerSlug: null,
          },
        ],
      }),
    ],
  },
  {
    name: "closing",
    events: [home(active), { type: "closeRequested" }],
    act: async (window) => {
      await window.text("close-dialog");
    },
  },
  ...(
    ["owner_elsewhere", "database_newer", "database_unavailable"] as const
  ).map((code) => ({
    name: `broken-${code}`,
    events: [
      {
        type: "broken",
        error: wireError(code, { detail: "schema 9, known up to 1" }),
        dataDir: "/home/ada/.local/share/keyfob",
      } as const,
    ],
  })),
];
