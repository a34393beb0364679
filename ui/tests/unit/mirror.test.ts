import { beforeEach, describe, expect, test } from "vitest";

import { Mirror } from "../../src/lib/mirror.svelte";
import {
  attempt,
  connection,
  PROVIDERS,
  snapshot,
  wireError,
} from "../support/views";

let mirror: Mirror;

beforeEach(() => {
  mirror = new Mirror();
});

describe("the mirror", () => {
  test("takes everything from a snapshot and forgets what came before", () => {
    const old = connection();
    const kept = connection();
    mirror.apply(snapshot({ connections: [old] }));
    mirror.apply(
      snapshot({
        connections: [kept],
        attempts: [attempt()],
        keychain: { kind: "locked" },
        notices: [{ id: 4, error: wireError("offline"), providerSlug: null }],
      }),
    );
    expect([...mirror.connections.keys()]).toEqual([kept.id]);
    expect(mirror.providers.size).toBe(PROVIDERS.length);
    expect(mirror.attempts.size).toBe(1);
    expect(mirror.keychain).toEqual({ kind: "locked" });
    expect(mirror.notices.has(4)).toBe(true);
    expect(mirror.phase.kind).toBe("ready");
  });

  test.each([
    ["newer", 3, "after"],
    ["equal", 2, "after"],
    ["older", 1, "before"],
  ])("answers a %s revision with the right view", (_label, revision, name) => {
    const view = connection({ revision: 2, name: "before" });
    mirror.apply(snapshot({ connections: [view] }));
    mirror.apply({
      type: "connection",
      connection: { ...view, revision, name: "after" },
    });
    expect(mirror.connections.get(view.id)?.name).toBe(name);
  });

  test("does not bring back a connection that was removed", () => {
    const view = connection();
    mirror.apply(snapshot({ connections: [view] }));
    mirror.apply({ type: "connectionRemoved", id: view.id });
    mirror.apply({
      type: "connection",
      connection: { ...view, revision: 9 },
    });
    expect(mirror.connections.size).toBe(0);
  });

  test("ignores an older view of an attempt", () => {
    const one = attempt({ revision: 5, step: "confirming" });
    mirror.apply(snapshot({ attempts: [one] }));
    mirror.apply({
      type: "attempt",
      attempt: { ...one, revision: 4, step: "waiting" },
    });
    expect(mirror.attempts.get(one.id)?.step).toBe("confirming");
    mirror.apply({ type: "attemptRemoved", id: one.id });
    expect(mirror.attempts.size).toBe(0);
  });

  test("adds and removes notices by id", () => {
    mirror.apply(snapshot());
    const notice = { id: 1, error: wireError("offline"), providerSlug: null };
    mirror.apply({ type: "notice", notice });
    mirror.apply({ type: "notice", notice: { ...notice, id: 2 } });
    mirror.apply({ type: "noticeRemoved", id: 1 });
    expect([...mirror.notices.keys()]).toEqual([2]);
  });

  test("keeps why the engine could not start", () => {
    const error = wireError("database_newer");
    mirror.apply({ type: "broken", error, dataDir: "/data" });
    expect(mirror.phase).toEqual({ kind: "broken", error, dataDir: "/data" });
  });
});
