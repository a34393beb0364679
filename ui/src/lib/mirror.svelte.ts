/**
 * The web view's copy of what the engine knows. It only mirrors: it replaces by id, ignores what
 * is older than what it has, and decides nothing. Hazard: a late event must not bring back a
 * connection that was removed, so removed ids stay known until the next snapshot.
 */
import { SvelteMap } from "svelte/reactivity";

import type {
  AttemptView,
  ConnectionView,
  KeychainView,
  Notice,
  ProviderView,
  Startup,
  UiEvent,
  WireError,
} from "./ipc/bindings";

/** What the window can show: nothing yet, everything, or why it can't start. */
export type Phase =
  | { kind: "starting" }
  | { kind: "ready"; startup: Startup }
  | { kind: "broken"; error: WireError; dataDir: string };

/** The mirrored state; reading it in a component follows every change. */
export class Mirror {
  phase: Phase = $state.raw({ kind: "starting" });
  keychain: KeychainView = $state.raw({ kind: "available" });
  readonly connections = new SvelteMap<string, ConnectionView>();
  readonly providers = new SvelteMap<string, ProviderView>();
  readonly attempts = new SvelteMap<string, AttemptView>();
  readonly notices = new SvelteMap<number, Notice>();
  // Never drawn, so nothing has to follow it.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #removed = new Set<string>();

  /** Takes in one event. Window events, which carry no state, change nothing here. */
  apply(event: UiEvent): void {
    switch (event.type) {
      case "snapshot":
        this.#restart(event);
        break;
      case "broken":
        this.phase = {
          kind: "broken",
          error: event.error,
          dataDir: event.dataDir,
        };
        break;
      case "connection":
        this.#replace(this.connections, event.connection);
        break;
      case "connectionRemoved":
        this.#remove(this.connections, event.id);
        break;
      case "provider":
        this.providers.set(event.provider.slug, event.provider);
        break;
      case "providerRemoved":
        this.providers.delete(event.slug);
        break;
      case "attempt":
        this.#replace(this.attempts, event.attempt);
        break;
      case "attemptRemoved":
        this.#remove(this.attempts, event.id);
        break;
      case "keychain":
        this.keychain = event.keychain;
        break;
      case "notice":
        this.notices.set(event.notice.id, event.notice);
        break;
      case "noticeRemoved":
        this.notices.delete(event.id);
        break;
      case "closeRequested":
      case "appearance":
        break;
    }
  }

  #restart(snapshot: Extract<UiEvent, { type: "snapshot" }>): void {
    this.#removed.clear();
    refill(this.connections, snapshot.connections, (one) => one.id);
    refill(this.providers, snapshot.providers, (one) => one.slug);
    refill(this.attempts, snapshot.attempts, (one) => one.id);
    refill(this.notices, snapshot.notices, (one) => one.id);
    this.keychain = snapshot.keychain;
    this.phase = { kind: "ready", startup: snapshot.startup };
  }

  #replace<T extends { id: string; revision: number }>(
    map: Map<string, T>,
    next: T,
  ): void {
    if (this.#removed.has(next.id)) return;
    const present = map.get(next.id);
    if (present !== undefined && present.revision > next.revision) return;
    map.set(next.id, next);
  }

  #remove(map: Map<string, unknown>, id: string): void {
    this.#removed.add(id);
    map.delete(id);
  }
}

function refill<K, T>(
  map: Map<K, T>,
  values: readonly T[],
  key: (value: T) => K,
): void {
  map.clear();
  for (const value of values) map.set(key(value), value);
}
