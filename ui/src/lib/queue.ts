/**
 * What only the user can do, as one queue: the keychain first, since everything waits for it, then
 * the accounts in the order of the list. Pure: it reads what the engine says and decides nothing.
 */
import { endingGrant } from "./grant";
import type { ConnectionView, KeychainView } from "./ipc/bindings";
import type { Millis } from "./time";

/** A keychain that is in the way. */
export type KeychainTrouble = Exclude<KeychainView, { kind: "available" }>;

/** One entry: one account and one cause, or the keychain. */
export type QueueEntry =
  | {
      kind: "keychain";
      keychain: KeychainTrouble;
      /** How many accounts have new credentials in memory only. */
      unsaved: number;
    }
  | {
      kind: "connection";
      connection: ConnectionView;
      need: "sign_in" | "set_up" | "keychain" | "ending";
    };

/** Gives the queue for connections in the order of the list, as of `now`. */
export function queueOf(
  connections: readonly ConnectionView[],
  keychain: KeychainView,
  now: Millis,
): QueueEntry[] {
  const entries: QueueEntry[] = [];
  if (keychain.kind !== "available") {
    entries.push({
      kind: "keychain",
      keychain,
      unsaved: connections.filter(
        ({ condition }) => condition.kind === "keychain" && condition.unsaved,
      ).length,
    });
  }
  for (const connection of connections) {
    if (connection.needs !== null) {
      entries.push({ kind: "connection", connection, need: connection.needs });
    } else if (
      connection.condition.kind === "keychain" &&
      keychain.kind === "available"
    ) {
      // While the keychain itself is in the queue, it is the one cause of these.
      entries.push({ kind: "connection", connection, need: "keychain" });
    } else if (endingGrant(connection, now)?.fixed === true) {
      entries.push({ kind: "connection", connection, need: "ending" });
    }
  }
  return entries;
}
