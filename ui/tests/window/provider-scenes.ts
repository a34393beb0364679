/** The Providers screen and its sheets in every state that a user can meet. */
import type { ProviderView, UiEvent } from "../../src/lib/ipc/bindings";
import type { Reply } from "../support/native";
import {
  acme,
  acmeForm,
  checked,
  emptyForm,
  PRESETS,
} from "../support/providers";
import { connection, PROVIDERS, snapshot, wireError } from "../support/views";
import type { Look, OpenWindow } from "../support/window";
import type { Scene } from "./gallery";

const LONG_NAME =
  "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterb";
const LONG_HOST =
  "anmeldung.zentrale-benutzerverwaltung.rechenzentrum.donaudampfschifffahrt.example";

const ada = connection({ providerSlug: "acme", providerName: "Acme" });
const grace = connection({
  providerSlug: "acme",
  providerName: "Acme",
  name: LONG_NAME,
});

const long = acme({
  slug: "donau",
  name: LONG_NAME,
  host: LONG_HOST,
  ready: false,
  clientId: null,
  redirectUris: [
    "dev.keyfob.desktop:/callback/donaudampfschifffahrtselektrizitaetenhauptbetriebswerk",
    "http://127.0.0.1:47117/callback/donaudampfschifffahrtselektrizitaetenhauptbetriebswerk",
  ],
  hasRegistrationPage: true,
  scopes: [
    "https://www.example.org/auth/very/long/scope/that/never/ends.readonly",
    "openid",
  ],
});

const screen = (
  providers: readonly ProviderView[] = [...PROVIDERS, acme(), long],
  connections = [ada],
): UiEvent[] => [snapshot({ connections, providers: [...providers] })];

const show = async (window: OpenWindow) => {
  await window.click("screen-providers");
  await window.text("providers");
};

const open =
  (slug: string, ...clicks: string[]) =>
  async (window: OpenWindow) => {
    await show(window);
    await window.click(`provider-row-${slug}`);
    for (const testid of clicks) await window.click(testid);
  };

const add =
  (...clicks: string[]) =>
  async (window: OpenWindow) => {
    await show(window);
    await window.click("provider-add");
    for (const testid of clicks) await window.click(testid);
  };

const presets: Record<string, Reply> = {
  provider_presets: { ok: PRESETS },
  provider_form: { ok: emptyForm() },
  check_provider: checked([]),
};

const editing: Record<string, Reply> = {
  ...presets,
  provider_form: { ok: acmeForm() },
};

const everything = acmeForm({
  name: LONG_NAME,
  issuer: `https://${LONG_HOST}`,
  authorizationEndpoint: `https://${LONG_HOST}/oauth2/authorize`,
  tokenEndpoint: `https://${LONG_HOST}/oauth2/token`,
  scopes:
    "openid email https://www.example.org/auth/very/long/scope/that/never/ends.readonly",
  extraParameters: [
    { name: "access_type", value: "offline" },
    { name: "prompt", value: "consent" },
  ],
  context: {
    kind: "http",
    address: `https://${LONG_HOST}/me`,
    pointer: "/profile/text",
  },
});

const SIZES: [string, Partial<Look>][] = [
  ["", {}],
  ["-dark", { dark: true }],
  ["-480", { width: 480, height: 640 }],
  ["-480-200", { width: 480, height: 640, text: 2 }],
];

const inSizes = (scene: Scene, sizes = SIZES): Scene[] =>
  sizes.map(([suffix, look]) => ({
    ...scene,
    name: `${scene.name}${suffix}`,
    look,
  }));

const inTwo = (scene: Scene) =>
  inSizes(
    scene,
    [SIZES[1], SIZES[3]].filter((one) => one !== undefined),
  );

const manyProviders = Array.from({ length: 200 }, (_, place) =>
  acme({
    slug: `service-${String(place)}`,
    name: `Service ${String(place + 1)}`,
    host: `login-${String(place + 1)}.example`,
    ready: place % 3 !== 0,
  }),
);

const foreign = {
  kind: "found",
  form: acmeForm(),
  foreignHosts: ["tokens.other.example", LONG_HOST],
};

const lookUp = async (window: OpenWindow) => {
  await add("add-issuer")(window);
  await window.type("issuer-url", "https://login.acme.example");
  await window.click("issuer-look-up");
};

const moved: Reply = {
  ok: {
    kind: "moves",
    moves: [
      {
        field: "tokenEndpoint",
        from: "login.acme.example",
        to: `${LONG_HOST}:8443`,
      },
      { field: "apiHosts", from: "", to: "api.other.example" },
    ],
    connections: 2,
  },
};

/** The scenes of the Providers screen. */
export const providerScenes: Scene[] = [
  ...inSizes({ name: "providers", events: screen(), act: show }),
  ...inSizes({
    name: "provider-long",
    events: screen(undefined, [ada, grace]),
    act: open("donau"),
  }),
  { name: "provider-own", events: screen(), act: open("acme") },
  {
    name: "provider-sandbox",
    events: screen(),
    act: open("mio-sandbox"),
    look: { dark: true },
  },
  { name: "providers-200", events: screen(manyProviders), act: show },
  {
    name: "providers-empty",
    events: screen([]),
    act: show,
    look: { dark: true },
  },
  {
    name: "providers-filtered-none",
    events: screen(),
    act: async (window) => {
      await show(window);
      await window.type("filter", "Nobody of this name");
    },
  },
  {
    name: "providers-first-run",
    events: [snapshot()],
    act: async (window) => {
      await window.click("first-run-providers");
      await window.text("providers");
    },
  },
  {
    name: "providers-refused",
    events: screen(),
    replies: { provider_form: { error: wireError("internal") } },
    act: async (window) => {
      await open("acme", "provider-edit")(window);
      await window.text("notice");
    },
  },
  ...inSizes({
    name: "provider-add",
    events: screen(),
    replies: presets,
    act: async (window) => {
      await add()(window);
      await window.text("preset-google");
    },
  }),
  {
    name: "provider-add-refused",
    events: screen(),
    replies: { provider_presets: { error: wireError("internal") } },
    act: async (window) => {
      await add()(window);
      await window.text("add-error");
    },
  },
  {
    name: "provider-issuer-fault",
    events: screen(),
    replies: presets,
    act: add("add-issuer", "issuer-look-up"),
  },
  ...inTwo({
    name: "provider-issuer-foreign",
    events: screen(),
    replies: { ...presets, discover_provider: { ok: foreign } },
    act: async (window) => {
      await lookUp(window);
      await window.text("foreign-hosts");
    },
  }),
  ...(
    [
      [
        "trouble",
        {
          ok: {
            kind: "trouble",
            trouble: "redirected",
            place: `https://${LONG_HOST}/`,
            error: wireError("discovery_failed", { detail: "HTTP 302" }),
          },
        },
      ],
      ["private", { error: wireError("issuer_private") }],
    ] as const
  ).map(([name, reply], place) => ({
    name: `provider-issuer-${name}`,
    events: screen(),
    look: { dark: place === 1 },
    replies: { ...presets, discover_provider: reply },
    act: async (window: OpenWindow) => {
      await lookUp(window);
      await window.text("issuer-error");
    },
  })),
  {
    name: "provider-file-broken",
    events: screen(),
    replies: {
      ...presets,
      import_provider: {
        error: wireError("provider_file_broken", {
          detail: "line 4, column 9: expected a string",
        }),
      },
    },
    act: async (window) => {
      await add("add-file")(window);
      await window.type("import-text", 'name = "Acme"\n[context]\nkind = 3');
      await window.click("import-read");
      await window.text("import-error");
    },
  },
  ...inSizes({
    name: "provider-form",
    events: screen(),
    replies: presets,
    act: async (window) => {
      await add("add-hand")(window);
      await window.text("form-sheet");
    },
  }),
  ...inTwo({
    name: "provider-form-faults",
    events: screen(),
    replies: {
      ...presets,
      check_provider: checked([
        { field: "tokenEndpoint", trouble: "insecure", word: null },
        { field: "scopes", trouble: "badScope", word: 'a"b' },
      ]),
    },
    act: async (window) => {
      await add("add-hand")(window);
      await window.type("form-name", "Acme");
      await window.type("form-scopes", 'a"b openid');
      await window.click("form-save");
      await window.page.waitForSelector('[aria-invalid="true"]');
    },
  }),
  ...(["", "-bottom"] as const).flatMap((part) =>
    inSizes(
      {
        name: `provider-form-more${part}`,
        events: screen(),
        replies: { ...presets, provider_form: { ok: everything } },
        act: async (window) => {
          await open("acme", "provider-edit")(window);
          await window.page.waitForSelector('[data-testid="form-more"]');
          await window.page.click('[data-testid="form-more"] summary');
          const shown =
            part === "" ? "parameter-name-1" : "form-contextPointer";
          await window.page.$eval(`[data-testid="${shown}"]`, (one) => {
            one.scrollIntoView({ block: "center" });
          });
        },
      },
      part === "" ? SIZES : SIZES.slice(0, 1),
    ),
  ),
  ...inTwo({
    name: "provider-moves",
    events: screen(),
    replies: { ...editing, save_provider: moved },
    act: async (window) => {
      await open("acme", "provider-edit")(window);
      await window.type("form-clientSecret", "s3cret");
      await window.click("form-save");
      await window.text("moves-dialog");
    },
  }),
  {
    name: "provider-form-refused",
    events: screen(),
    replies: {
      ...editing,
      save_provider: {
        error: wireError("provider_not_saved", { detail: "disk full" }),
      },
    },
    act: async (window) => {
      await open("acme", "provider-edit")(window);
      await window.click("form-save");
      await window.text("form-error");
    },
  },
  ...inTwo({
    name: "provider-saved",
    events: screen(),
    replies: {
      ...editing,
      save_provider: { ok: { kind: "saved", slug: "donau" } },
    },
    act: async (window) => {
      await open("acme", "provider-duplicate")(window);
      await window.click("form-save");
      await window.text("saved-sheet");
    },
  }),
  {
    name: "provider-export",
    events: screen(),
    replies: {
      export_provider: {
        ok: '# A provider file of Keyfob.\nname = "Acme"\n\n[endpoints]\nauthorization = "https://login.acme.example/authorize"\ntoken = "https://login.acme.example/token"\n',
      },
    },
    act: async (window) => {
      await open("acme", "provider-export")(window);
      await window.text("export-sheet");
    },
  },
  {
    name: "provider-delete",
    events: screen(undefined, []),
    act: async (window) => {
      await window.click("first-run-providers");
      await window.text("providers");
      await window.click("provider-row-acme");
      await window.click("provider-delete");
      await window.text("delete-dialog");
    },
  },
  ...inTwo({
    name: "provider-delete-used",
    events: screen(undefined, [ada, grace]),
    act: async (window) => {
      await open("acme", "provider-delete")(window);
      await window.text("delete-dialog");
    },
  }),
];
