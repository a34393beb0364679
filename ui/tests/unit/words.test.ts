import { describe, expect, test } from "vitest";

import { hueOf } from "../../src/lib/hue";
import type { ConnectionView } from "../../src/lib/ipc/bindings";
import { permissionsOf, scopeSentence } from "../../src/lib/permissions";
import { hasInvisible, plainLine, plainParagraphs } from "../../src/lib/plain";
import { stepLines } from "../../src/lib/steps";
import { credentialFault } from "../../src/lib/validation";
import {
  accountName,
  canRenew,
  providerName,
  stateWords,
} from "../../src/lib/words";
import { connection, wireError } from "../support/views";

const noon = new Date(2026, 10, 21, 12, 0).getTime();

describe("the name of an account", () => {
  test.each([
    ["the user's", { name: "Work", account: "a@b.c" }, "Work"],
    ["the provider's", { name: null, account: "a@b.c" }, "a@b.c"],
    ["a number", { name: null, account: null, ordinal: 2 }, "Mio account 2"],
    ["not a blank", { name: " \u200b ", account: "a@b.c" }, "a@b.c"],
    ["without tricks", { name: "\u202eabc\u0000" }, "abc"],
  ])("is %s", (_label, more, name) => {
    expect(accountName(connection(more))).toBe(name);
  });

  test("leaves the mark of the sandbox to the tag", () => {
    const view = connection({ providerName: "Mio (sandbox)", sandbox: true });
    expect(providerName(view)).toBe("Mio");
    expect(providerName({ ...view, sandbox: false })).toBe("Mio (sandbox)");
  });
});

describe("the state in words", () => {
  const table: [string, Partial<ConnectionView>, string, string][] = [
    ["active", {}, "Renews by itself", "good"],
    [
      "without a refresh token",
      { renewsByItself: false },
      "Sign in again then",
      "good",
    ],
    ["without an end", { expiry: { kind: "never" } }, "No expiry", "good"],
    [
      "with a permission missing",
      { scopesMissing: ["transcripts:read"] },
      "Active, without transcripts:read",
      "warn",
    ],
    [
      "with a grant that ends",
      {
        grantEnd: {
          at: noon + 3 * 86_400_000,
          warnsFrom: noon,
          fixed: true,
        },
        scopesMissing: ["transcripts:read"],
      },
      "Sign in again by Nov 24",
      "warn",
    ],
    [
      "with a grant that ends today",
      { grantEnd: { at: noon + 7_200_000, warnsFrom: noon, fixed: true } },
      "Sign in again by 14:00",
      "warn",
    ],
    [
      "with a grant that a renewal keeps alive",
      { grantEnd: { at: noon + 7_200_000, warnsFrom: noon, fixed: false } },
      "Renews by itself",
      "good",
    ],
    [
      "with a grant that ends later",
      { grantEnd: { at: noon + 2, warnsFrom: noon + 1, fixed: true } },
      "Renews by itself",
      "good",
    ],
    ["renewing", { condition: { kind: "renewing" } }, "Renewing…", "busy"],
    [
      "waiting",
      {
        condition: {
          kind: "waiting",
          error: wireError("provider_unreachable"),
          nextTryAt: noon + 125 * 60_000,
        },
      },
      "Can’t reach Mio. Next try 14:05",
      "warn",
    ],
    [
      "waiting for a provider with a problem",
      {
        condition: {
          kind: "waiting",
          error: wireError("provider_error"),
          nextTryAt: noon + 125 * 60_000,
        },
      },
      "Mio has a problem. Next try 14:05",
      "warn",
    ],
    [
      "without a network",
      {
        condition: {
          kind: "waiting",
          error: wireError("offline"),
          nextTryAt: noon - 60_000,
        },
      },
      "You are offline",
      "warn",
    ],
    [
      "refused for its set-up",
      {
        condition: {
          kind: "waiting",
          error: wireError("client_misconfigured"),
          nextTryAt: noon + 125 * 60_000,
        },
      },
      "Mio does not accept the client id or secret. Next try 14:05",
      "warn",
    ],
    [
      "waiting for less than a minute",
      {
        condition: {
          kind: "waiting",
          error: wireError("provider_unreachable"),
          nextTryAt: noon + 18_000,
        },
      },
      "Can’t reach Mio. Next try in 0:18",
      "warn",
    ],
    [
      "waiting for a moment that has come",
      {
        condition: {
          kind: "waiting",
          error: wireError("provider_unreachable"),
          nextTryAt: noon - 1,
        },
      },
      "Can’t reach Mio. Next try in 0:01",
      "warn",
    ],
    [
      "ended",
      { condition: { kind: "needsSignIn", error: wireError("grant_ended") } },
      "Sign in again: Mio ended this connection",
      "bad",
    ],
    [
      "ended where nothing could renew it",
      {
        renewsByItself: false,
        condition: { kind: "needsSignIn", error: wireError("grant_ended") },
      },
      "Sign in again: this access has ended",
      "bad",
    ],
    [
      "gone where nothing could have renewed it",
      {
        renewsByItself: false,
        condition: { kind: "needsSignIn", error: wireError("secret_missing") },
      },
      "Sign in again: its credentials are gone from your keychain",
      "bad",
    ],
    [
      "silent",
      {
        condition: {
          kind: "keychain",
          error: wireError("keychain_timed_out"),
          unsaved: false,
        },
      },
      "Your keychain does not answer",
      "warn",
    ],
    [
      "without a keychain",
      {
        condition: {
          kind: "keychain",
          error: wireError("keychain_missing"),
          unsaved: false,
        },
      },
      "No keychain found",
      "warn",
    ],
    [
      "locked",
      {
        condition: {
          kind: "keychain",
          error: wireError("keychain_locked"),
          unsaved: false,
        },
      },
      "Your keychain is locked",
      "warn",
    ],
    [
      "unsaved",
      {
        condition: {
          kind: "keychain",
          error: wireError("keychain_failed"),
          unsaved: true,
        },
      },
      "New credentials not saved yet",
      "warn",
    ],
    ["revoking", { condition: { kind: "revoking" } }, "Ending access…", "busy"],
  ];

  test.each(table)("%s", (_label, more, words, tone) => {
    expect(stateWords(connection(more), noon)).toMatchObject({ words, tone });
  });

  test("offers to renew only what can be renewed now", () => {
    const renewable = table
      .filter(([, more]) => canRenew(connection(more)))
      .map(([label]) => label);
    expect(renewable).toEqual([
      "active",
      "without an end",
      "with a permission missing",
      "with a grant that ends",
      "with a grant that ends today",
      "with a grant that a renewal keeps alive",
      "with a grant that ends later",
      "waiting",
      "waiting for a provider with a problem",
      "refused for its set-up",
      "waiting for less than a minute",
      "waiting for a moment that has come",
    ]);
  });
});

describe("text from elsewhere", () => {
  test("keeps its paragraphs and loses its controls", () => {
    expect(plainParagraphs("a\r\nb\n\n\u001b[31mc\u202e\n \n\n")).toEqual([
      "a\nb",
      "[31mc",
    ]);
  });

  test("is never markup", () => {
    expect(plainLine("<b>x</b>\ty")).toBe("<b>x</b> y");
  });

  test.each(["a\u0000", "a\u200bb", "\u2066a", "a\tb", "a\nb", "a\u007f"])(
    "%j holds something that can't be seen",
    (text) => {
      expect(hasInvisible(text)).toBe(true);
    },
  );
});

describe("a client id", () => {
  test.each([
    ["empty", "", "Enter the client id."],
    ["only space", "  ", "Enter the client id."],
    ["two words", "a b", "Remove the spaces inside the client id."],
    ["a no-break space", "a\u00a0b", "Remove the spaces inside the client id."],
    [
      "a control character",
      "a\u0007b",
      "Remove the invisible characters in the client id.",
    ],
    ["space around it", " abc ", null],
    ["good", "mio_client_4f1c", null],
  ])("that is %s", (_label, value, fault) => {
    expect(credentialFault("clientId", value)).toBe(fault);
  });
});

describe("permissions", () => {
  test("are listed once, with those that are missing and those on top", () => {
    const list = permissionsOf({
      scopesAsked: ["openid", "meetings:read", "openid"],
      scopesGranted: ["openid", "team:read", "team:read"],
      scopesMissing: ["meetings:read"],
    });
    expect(list).toEqual([
      { scope: "openid", standing: "granted", sentence: "Confirm who you are" },
      {
        scope: "meetings:read",
        standing: "missing",
        sentence: "See your meetings: titles, times and who took part",
      },
      {
        scope: "team:read",
        standing: "extra",
        sentence: "See your team and who is in it",
      },
    ]);
  });

  test.each([
    "meetings:read",
    "meetings:write",
    "transcripts:read",
    "transcripts:write",
    "recordings:read",
    "notes:read",
    "notes:write",
    "summaries:read",
    "action-items:read",
    "action-items:write",
    "channels:read",
    "team:read",
    "webhooks:manage",
  ])("%s of Mavio has a sentence", (scope) => {
    expect(scopeSentence(scope)).toMatch(/^[A-Z][^.]+[^.]$/u);
  });

  test("named like a part of every object are plain scopes", () => {
    const list = permissionsOf({
      scopesAsked: ["constructor"],
      scopesGranted: [],
      scopesMissing: [],
    });
    expect(list[0]?.sentence).toBeNull();
  });
});

test.each([
  ["opening", "current todo todo todo"],
  ["waiting", "done current todo todo"],
  ["confirming", "done done current todo"],
  ["asking", "done done done current todo"],
  ["saving", "done done current todo"],
  ["connected", "done done done done"],
  ["failed", "todo todo todo todo"],
] as const)("the steps while %s", (step, standings) => {
  const lines = stepLines(step, "Mio");
  expect(lines.map((line) => line.standing).join(" ")).toBe(standings);
});

test("the sandbox wears the colour of what it plays", () => {
  expect(hueOf("mio-sandbox")).toBe(hueOf("mio"));
  expect(hueOf("mavio")).not.toBe(hueOf("mio"));
});
