/** What Mavio brings to the window: meetings, questions at sign-in, the queue, the sidebar. */
import type {
  AttemptView,
  ConnectionView,
  MeetingsView,
  Question,
  UiEvent,
} from "../../src/lib/ipc/bindings";
import { item, mavio, meeting, meetings } from "../support/meetings";
import {
  attempt,
  connection,
  provider,
  PROVIDERS,
  snapshot,
  summary,
  wireError,
} from "../support/views";
import type { OpenWindow } from "../support/window";
import type { Scene } from "./gallery";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const now = Date.now();

const ready = PROVIDERS.map((one) => ({
  ...one,
  ready: true,
  clientId: one.sandbox ? null : `${one.slug}_client_4f1c9a`,
}));

const home = (...connections: ConnectionView[]) =>
  snapshot({ connections, providers: ready });

/** Brings the last part of the meetings into view before it is photographed. */
const toEnd = async (window: OpenWindow) => {
  await window.text("meetings");
  await window.page.$eval('[data-testid="permissions"]', (one) => {
    one.scrollIntoView({ block: "end" });
  });
};

const showEverything = async (window: OpenWindow) => {
  await window.click("meeting-more");
  await window.click("latest-all");
  await window.click("items-all");
  await toEnd(window);
};

const unbroken = "Quartalsabschluss".repeat(12).slice(0, 200);
const hostile: MeetingsView = {
  latest: [
    meeting({
      title: unbroken,
      platform: "p".repeat(100),
      participants: 4_294_967_295,
      overview: `<img src=x onerror="document.title='owned'"> ${unbroken}`,
      decisions: [{ text: unbroken, decidedBy: "n".repeat(100) }],
    }),
    meeting({
      title: "\u202eפגישת מחירים עם الفريق\u0007",
      overview: "شرح قصير للاجتماع, then English, ثم العربية.",
      decisions: [{ text: "نعم", decidedBy: "نور" }],
    }),
    meeting({
      title: "🎉👩‍👩‍👧‍👦 {user, select, other {x}} <script>alert(1)</script>",
      startedAt: 9e15,
      durationSeconds: 1e12,
      platform: null,
      participants: 0,
      overview: "Z̵̧a̶l̷g̸o̵ ".repeat(30),
      decisions: Array.from({ length: 10 }, () => ({
        text: "x".repeat(500),
        decidedBy: null,
      })),
    }),
  ],
  openItems: [
    item({
      title: unbroken,
      assignee: "a".repeat(100),
      due: "in the year of the dragon, perhaps",
      meeting: unbroken,
    }),
    item({ title: "\u202eإرسال القائمة", assignee: "نور", due: "9999-12-31" }),
    item({ title: null, assignee: null, due: "0001-01-01" }),
  ],
  moreItems: true,
  withheld: ["transcripts:read", `x:${"y".repeat(120)}`],
};

const partial = {
  scopesGranted: ["meetings:read", "action-items:read"],
  scopesMissing: ["transcripts:read", "summaries:read"],
};

const meetingScenes: Scene[] = [
  { name: "meetings", events: [home(mavio())], act: toEnd },
  {
    name: "meetings-all-dark",
    look: { dark: true, height: 1500 },
    events: [home(mavio())],
    act: showEverything,
  },
  {
    name: "meetings-480",
    look: { width: 480, height: 1400 },
    events: [home(mavio())],
    act: async (window) => {
      await window.click("row-" + (await rowId(window)));
      await toEnd(window);
    },
  },
  {
    name: "meetings-200",
    look: { text: 2, height: 900 },
    events: [home(mavio())],
    act: async (window) => {
      await window.click("row-" + (await rowId(window)));
      await window.text("meetings");
    },
  },
  {
    name: "meetings-empty",
    events: [
      home(mavio(meetings({ latest: [], openItems: [], moreItems: false }))),
    ],
    act: toTop,
  },
  {
    name: "meetings-loading",
    events: [
      home(
        mavio(null, {
          summary: summary({ status: "loading", text: null, asOf: null }),
        }),
      ),
    ],
    act: toTop,
  },
  ...[false, true].map((dark) => ({
    name: `meetings-withheld${dark ? "-dark" : ""}`,
    look: { dark, height: 1100 },
    events: [
      home(
        mavio(
          meetings({
            latest: [
              meeting({ overview: null, decisions: [] }),
              meeting({ title: null, overview: null, decisions: [] }),
            ],
            openItems: [],
            moreItems: false,
            withheld: ["summaries:read", "action-items:read"],
          }),
          partial,
        ),
      ),
    ],
    act: toEnd,
  })),
  ...[false, true].map((dark) => ({
    name: `meetings-wait${dark ? "-dark" : ""}`,
    look: { dark, height: 800 },
    events: [
      home(
        mavio(meetings(), {
          summary: summary({
            status: "failed",
            text: null,
            meetings: meetings(),
            nextTryAt: now + 25 * MINUTE,
            error: wireError("provider_overloaded", {
              detail: "429 rate_limit_exceeded",
            }),
          }),
        }),
      ),
    ],
    act: toTop,
  })),
  {
    name: "meetings-stale",
    look: { height: 800 },
    events: [
      home(
        mavio(meetings(), {
          summary: summary({
            status: "failed",
            text: null,
            meetings: meetings(),
            asOf: now - 26 * HOUR,
            error: wireError("offline"),
          }),
        }),
      ),
    ],
    act: toTop,
  },
  {
    name: "meetings-failed",
    events: [
      home(
        mavio(null, {
          summary: summary({
            status: "failed",
            text: null,
            asOf: null,
            error: wireError("request_rejected", { detail: "400 bad_request" }),
          }),
        }),
      ),
    ],
    act: toTop,
  },
  ...[480, 960].map((width) => ({
    name: `meetings-hostile-${width}`,
    look: { width, height: 1800, dark: width === 480 },
    events: [home(mavio(hostile))],
    act: async (window: OpenWindow) => {
      await window.click("row-" + (await rowId(window)));
      await window.click("meeting-more");
      await toEnd(window);
    },
  })),
];

const ada = connection({ account: "ada@byron.example", name: null });
const questions: [string, Question][] = [
  ["is-this-you", { kind: "isThisYou", found: "ada@byron.example" }],
  ["is-this-you-nameless", { kind: "isThisYou", found: null }],
  [
    "other-account",
    { kind: "otherAccount", found: "grace@hopper.example", guessed: false },
  ],
  [
    "other-account-guessed",
    {
      kind: "otherAccount",
      found: `${"g".repeat(240)}@x.example`,
      guessed: true,
    },
  ],
  [
    "already-connected",
    {
      kind: "alreadyConnected",
      connectionId: ada.id,
      found: "ada@work.example",
      guessed: false,
    },
  ],
  [
    "already-connected-guessed",
    {
      kind: "alreadyConnected",
      connectionId: ada.id,
      found: "ada@byron.example",
      guessed: true,
    },
  ],
];

const asking = (question: Question, more: Partial<AttemptView> = {}) =>
  [
    snapshot({
      connections: [ada],
      providers: ready,
      attempts: [
        attempt({
          step: "asking",
          question,
          connectionId: question.kind === "otherAccount" ? ada.id : null,
          ...more,
        }),
      ],
    }),
  ] satisfies UiEvent[];

const questionScenes: Scene[] = questions.map(([kind, question], place) => ({
  name: `question-${kind}`,
  look:
    [
      {},
      { dark: true },
      {},
      { width: 480, height: 420 },
      { dark: true },
      { width: 480, height: 640, text: 2 },
    ][place] ?? {},
  events: asking(question),
  act: async (window) => {
    await window.text("question");
  },
}));

const inNeed = [
  connection({
    account: "joan@example.net",
    condition: { kind: "needsSignIn", error: wireError("grant_ended") },
  }),
  mavio(meetings(), {
    name: "Work",
    condition: {
      kind: "waiting",
      error: wireError("client_misconfigured", {
        detail: "401 invalid_client",
      }),
      nextTryAt: now + 3 * HOUR,
    },
    needs: "set_up",
  }),
  connection({
    account: "katherine@example.org",
    providerSlug: "mio-sandbox",
    providerName: "Mio (sandbox)",
    sandbox: true,
    condition: { kind: "needsSignIn", error: wireError("secret_missing") },
  }),
  connection({
    name: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbea",
    providerName: "Gesellschaft für Kontextverwaltung und Zusammenfassungen",
    condition: { kind: "needsSignIn", error: wireError("token_rejected") },
  }),
  connection({
    account: "unsaved@example.org",
    condition: {
      kind: "keychain",
      error: wireError("keychain_failed"),
      unsaved: true,
    },
  }),
];
const well = connection({ account: "ada@example.org" });

const queueScenes: Scene[] = [
  { name: "queue-1", events: [home(well, ...inNeed.slice(0, 1))] },
  { name: "queue-5", events: [home(well, ...inNeed)] },
  {
    name: "queue-5-dark",
    look: { dark: true, height: 900 },
    events: [home(well, ...inNeed)],
    act: (window) => window.click("queue-all"),
  },
  {
    name: "queue-5-640",
    look: { width: 640 },
    events: [home(well, ...inNeed)],
  },
  {
    name: "queue-5-480",
    look: { width: 480, height: 420 },
    events: [home(well, ...inNeed)],
  },
  {
    name: "queue-5-480-200-dark",
    look: { width: 480, height: 640, text: 2, dark: true },
    events: [home(well, ...inNeed)],
  },
  ...(
    [
      { kind: "locked" },
      { kind: "failed", detail: "org.freedesktop.DBus.Error.NoReply" },
    ] as const
  ).map((keychain, place) => ({
    name: `queue-keychain-${keychain.kind}`,
    look: { dark: place === 1 },
    events: [
      snapshot({ connections: [well, ...inNeed], providers: ready, keychain }),
    ],
  })),
  {
    name: "keychain-first-run",
    events: [snapshot({ keychain: { kind: "locked" } })],
  },
  {
    name: "sidebar-640-dark",
    look: { width: 640, dark: true },
    events: [home(well, ...inNeed.slice(1, 2))],
  },
  {
    name: "detail-set-up",
    events: [home(...inNeed.slice(1, 2))],
  },
];

const suggestion = mavio(meetings(), {
  name: null,
  suggestedName: "ada.byron@analytical-engines.example",
});

const accountScenes: Scene[] = [
  ...[false, true].map((dark) => ({
    name: `partial-grant${dark ? "-dark" : ""}`,
    look: { dark },
    events: [home(mavio(meetings(), partial))],
    act: async (window: OpenWindow) => {
      await window.text("meetings");
      await window.page.$eval('[data-testid="ask-again"]', (one) => {
        one.scrollIntoView({ block: "end" });
      });
    },
  })),
  { name: "suggestion", events: [home(suggestion)], act: toTop },
  {
    name: "suggestion-480-dark",
    look: { width: 480, height: 640, dark: true },
    events: [home(suggestion)],
    act: async (window) => {
      await window.click(`row-${suggestion.id}`);
      await window.text("suggestion");
    },
  },
];

const setUpMavio = async (window: OpenWindow) => {
  await window.click("first-run-mavio");
  await window.text("scopes");
};

const setUpScenes: Scene[] = [
  {
    name: "set-up-mavio",
    look: { height: 1000 },
    events: [snapshot({ providers: [...PROVIDERS] })],
    act: setUpMavio,
  },
  {
    name: "set-up-mavio-480-dark",
    look: { width: 480, height: 1100, dark: true },
    events: [snapshot({ providers: [...PROVIDERS] })],
    act: setUpMavio,
  },
  {
    name: "page-error",
    look: { height: 800 },
    events: [
      snapshot({
        connections: [well],
        providers: [
          provider({
            slug: "mavio",
            name: "Mavio",
            ready: true,
            clientId: "mavio_client_4f1c9ad02b7e",
          }),
        ],
        attempts: [
          attempt({
            providerSlug: "mavio",
            providerName: "Mavio",
            redirectUri: "dev.keyfob.desktop:/callback/mavio",
          }),
        ],
      }),
    ],
    act: async (window) => {
      await window.page
        .locator('[data-testid="sheet-page-error"] summary')
        .click();
      await window.page.$eval('[data-testid="client-id"]', (one) => {
        one.scrollIntoView({ block: "end" });
      });
    },
  },
];

async function toTop(window: OpenWindow): Promise<void> {
  await window.text("meetings");
}

async function rowId(window: OpenWindow): Promise<string> {
  await window.page.waitForSelector('[role="option"]');
  return window.page.$eval(
    '[role="option"]',
    (one) => one.getAttribute("data-connection-id") ?? "",
  );
}

export const mavioScenes: Scene[] = [
  ...meetingScenes,
  ...questionScenes,
  ...queueScenes,
  ...accountScenes,
  ...setUpScenes,
];
