import { beforeEach, describe, expect, test } from "vitest";

import type {
  CheckView,
  FieldFaultView,
  ProviderForm,
  SaveAnswer,
} from "../../src/lib/ipc/bindings";
import { CommandError } from "../../src/lib/ipc/client";
import { ProviderEditor } from "../../src/lib/provider-editor.svelte";
import { acmeForm, emptyForm } from "../support/providers";
import { wireError } from "../support/views";

type Saved = {
  form: ProviderForm;
  clientId: string;
  secret: string | null;
  confirmed: boolean;
};

let checks: ((faults: FieldFaultView[]) => void)[];

const REDIRECT_URI = "http://127.0.0.1/callback/acme";
let saves: Saved[];
let answer: () => Promise<SaveAnswer>;

beforeEach(() => {
  checks = [];
  saves = [];
  answer = () => Promise.resolve({ kind: "saved", slug: "acme" });
});

const commands = {
  checkProvider: () =>
    new Promise<CheckView>((resolve) => {
      checks.push((faults) => {
        resolve({ faults, redirectUris: [REDIRECT_URI] });
      });
    }),
  saveProvider: (
    _: string | null,
    form: ProviderForm,
    clientId: string,
    secret: string | null,
    confirmed: boolean,
  ) => {
    saves.push({ form, clientId, secret, confirmed });
    return answer();
  },
};

const editor = (form = acmeForm(), clientId: string | null = null) =>
  new ProviderEditor(commands, { slug: "acme", form, clientId });

const insecure: FieldFaultView = {
  field: "tokenEndpoint",
  trouble: "insecure",
  word: null,
};
const nameless: FieldFaultView = {
  field: "name",
  trouble: "missing",
  word: null,
};

describe("while it is filled in, the form", () => {
  test("shows a complaint once its field was left, and what is missing not yet", async () => {
    const one = editor(emptyForm());
    const left = one.leave("name");
    checks[0]?.([nameless, insecure]);
    await left;
    expect(one.faults).toEqual({});
    one.form.tokenEndpoint = "http://acme.example";
    const again = one.leave("tokenEndpoint");
    checks[1]?.([nameless, insecure]);
    await again;
    expect(Object.keys(one.faults)).toEqual(["tokenEndpoint"]);
  });

  test("learns what to register before anything is saved", async () => {
    const one = editor(emptyForm());
    expect(one.redirectUris).toEqual([]);
    const begun = one.begin();
    checks[0]?.([nameless]);
    await begun;
    expect(one.redirectUris).toEqual([REDIRECT_URI]);
    expect(one.faults).toEqual({});
  });

  test("is not looked at again while it stays the same", async () => {
    const one = editor();
    const left = one.leave("name");
    checks[0]?.([]);
    await left;
    await one.leave("scopes");
    expect(checks.length).toBe(1);
  });

  test("believes the last look, whichever answer comes first", async () => {
    const one = editor();
    one.form.tokenEndpoint = "http://acme.example";
    const first = one.leave("tokenEndpoint");
    one.form.tokenEndpoint = "https://acme.example";
    const second = one.leave("tokenEndpoint");
    checks[1]?.([]);
    checks[0]?.([insecure]);
    await Promise.all([first, second]);
    expect(one.faults).toEqual({});
  });

  test("takes a local complaint back when its field is left", async () => {
    const one = editor(acmeForm({ name: "" }));
    const tried = one.ready("");
    checks[0]?.([nameless]);
    expect(await tried).toBe(false);
    expect(one.faults).toEqual({ name: "Enter the name." });
    one.form.name = "Acme";
    const left = one.leave("name");
    checks[1]?.([]);
    await left;
    expect(one.faults).toEqual({});
  });
});

describe("saving", () => {
  test("makes chips of what is typed last, and needs both looks to agree", async () => {
    const one = editor();
    one.pending = "calendar.read";
    const tried = one.ready("");
    checks[0]?.([]);
    expect(await tried).toBe(true);
    expect(one.form.scopes).toBe("openid email calendar.read");
    expect(saves).toEqual([]);
  });

  test("security_94: gives the secret away once and keeps none", async () => {
    const one = editor();
    one.clientId = " id ";
    expect(await one.save("s3cret", false)).toBe("acme");
    expect(saves).toEqual([
      { form: acmeForm(), clientId: "id", secret: "s3cret", confirmed: false },
    ]);
    expect(JSON.stringify(Object.values(one))).not.toContain("s3cret");
  });

  test("sends no secret for a public client, and none that was not typed", async () => {
    const open = editor(acmeForm({ clientAuthentication: "none" }));
    await open.save("left over", false);
    await editor().save("", false);
    expect(saves.map((one) => one.secret)).toEqual([null, null]);
  });

  test("asks no client id for a secret that a public client no longer has", async () => {
    const one = editor(acmeForm({ clientAuthentication: "none" }));
    const tried = one.ready("left over");
    checks[0]?.([]);
    expect(await tried).toBe(true);
  });

  test("security_37: other hosts are kept for a confirmation, and nothing is saved", async () => {
    const moves = [
      { field: "tokenEndpoint", from: "a.example", to: "b.example" },
    ] as const;
    answer = () =>
      Promise.resolve({ kind: "moves", moves: [...moves], connections: 2 });
    const one = editor();
    expect(await one.save("s3cret", false)).toBeNull();
    expect(one.moves).toMatchObject({ moves, connections: 2 });
    expect(one.secretGone).toBe(true);
    answer = () => Promise.resolve({ kind: "saved", slug: "acme" });
    expect(await one.save("s3cret", true)).toBe("acme");
    expect(saves.map((given) => given.confirmed)).toEqual([false, true]);
    expect(one.moves).toBeNull();
  });

  test("keeps what was typed when it is refused", async () => {
    answer = () =>
      Promise.reject(new CommandError(wireError("provider_not_saved")));
    const one = editor();
    expect(await one.save("", false)).toBeNull();
    expect(one.refused?.code).toBe("provider_not_saved");
    expect(one.secretGone).toBe(false);
    expect(one.saving).toBe(false);
    expect(one.form.name).toBe("Acme");
  });

  test("shows complaints that come with the answer", async () => {
    answer = () => Promise.resolve({ kind: "faults", faults: [insecure] });
    const one = editor();
    const tried = one.ready("");
    checks[0]?.([]);
    await tried;
    expect(await one.save("", false)).toBeNull();
    expect(Object.keys(one.faults)).toEqual(["tokenEndpoint"]);
  });
});
