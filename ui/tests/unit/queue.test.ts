import { describe, expect, test } from "vitest";

import type {
  Condition,
  ConnectionView,
  KeychainView,
} from "../../src/lib/ipc/bindings";
import { queueOf } from "../../src/lib/queue";
import { needReason } from "../../src/lib/words";
import { connection, wireError } from "../support/views";

const ended: Condition = {
  kind: "needsSignIn",
  error: wireError("grant_ended"),
};
const refused: Condition = {
  kind: "waiting",
  error: wireError("client_misconfigured"),
  nextTryAt: 0,
};
const unreachable: Condition = {
  kind: "waiting",
  error: wireError("provider_unreachable"),
  nextTryAt: 0,
};
const unsaved: Condition = {
  kind: "keychain",
  error: wireError("keychain_failed"),
  unsaved: true,
};
const locked: Condition = {
  kind: "keychain",
  error: wireError("keychain_locked"),
  unsaved: false,
};

const now = new Date(2026, 10, 21, 12, 0).getTime();
const HOUR = 3_600_000;
/** An end of the grant two days ahead, with its warning since yesterday. */
const soon = { at: now + 48 * HOUR, warnsFrom: now - 24 * HOUR, fixed: true };

const view = (name: string, condition: Condition) =>
  connection({ name, condition });

/** Gives the queue as short words, in its order. */
function read(views: ConnectionView[], keychain: KeychainView): string[] {
  return queueOf(views, keychain, now).map((entry) =>
    entry.kind === "keychain"
      ? `keychain ${entry.keychain.kind}, ${entry.unsaved} unsaved`
      : `${entry.connection.name ?? ""} ${entry.need}`,
  );
}

const available: KeychainView = { kind: "available" };

describe("the queue", () => {
  test.each([
    ["all well", [view("Ada", { kind: "active" })], available, []],
    [
      "only what waits by itself",
      [view("Ada", unreachable), view("Joan", { kind: "renewing" })],
      available,
      [],
    ],
    [
      "an ended grant and a refused set-up, in the order of the list",
      [view("Ada", refused), view("Grace", ended)],
      available,
      ["Ada set_up", "Grace sign_in"],
    ],
    [
      "a locked keychain first, once for all accounts behind it",
      [view("Ada", unsaved), view("Grace", ended), view("Joan", unsaved)],
      { kind: "locked" },
      ["keychain locked, 2 unsaved", "Grace sign_in"],
    ],
    [
      "a keychain in its prompt, with nothing unsaved",
      [view("Ada", locked)],
      { kind: "unlocking" },
      ["keychain unlocking, 0 unsaved"],
    ],
    [
      "an account that the keychain refused while it is open",
      [view("Ada", unsaved)],
      available,
      ["Ada keychain"],
    ],
    [
      "a grant that renewing doesn't keep, days before its end",
      [
        connection({ name: "Ada", grantEnd: soon }),
        connection({ name: "Grace", grantEnd: { ...soon, fixed: false } }),
        connection({
          name: "Joan",
          grantEnd: { ...soon, warnsFrom: now + HOUR },
        }),
        connection({ name: "Mary", grantEnd: { ...soon, at: now } }),
        connection({ name: "Noor", grantEnd: soon, condition: unreachable }),
        connection({ name: "Olga", grantEnd: soon, condition: ended }),
      ],
      available,
      ["Ada ending", "Noor ending", "Olga sign_in"],
    ],
  ] as [string, ConnectionView[], KeychainView, string[]][])(
    "%s",
    (_label, views, keychain, entries) => {
      expect(read(views, keychain)).toEqual(entries);
    },
  );
});

test.each([
  ["ended", ended, "Mio ended this connection"],
  ["refused", refused, "Mio does not accept the client id or secret"],
  ["unsaved", unsaved, "New credentials not saved yet"],
  ["locked", locked, "Your keychain is locked"],
])("an account that is %s says why it waits", (_label, condition, words) => {
  expect(needReason(connection({ condition }), now)).toBe(words);
});

test("a grant that ends says when and what to do", () => {
  const view = connection({ grantEnd: soon });
  expect(needReason(view, now)).toBe(
    "Mio ends this sign-in on Nov 23, 2026, 12:00. Sign in again before then",
  );
});
