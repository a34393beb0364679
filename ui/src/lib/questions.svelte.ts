/**
 * Questions and answers of this session, by connection. In memory only: they are personal, go
 * with their connection and are gone when the window's page is.
 */
import { SvelteMap } from "svelte/reactivity";

import { wireErrorOf, type Client } from "./ipc/client";
import type { WireError } from "./ipc/bindings";

/** One answered question. */
export type Answer = { id: number; question: string; text: string };

/** What has been asked of one connection. */
export type Conversation = {
  /** Newest first. */
  answers: readonly Answer[];
  asking: string | null;
  error: WireError | null;
};

const NOTHING: Conversation = { answers: [], asking: null, error: null };

/** All conversations of the session. */
export class Questions {
  readonly #client: Pick<Client, "ask">;
  readonly #byConnection = new SvelteMap<string, Conversation>();
  #next = 1;

  constructor(client: Pick<Client, "ask">) {
    this.#client = client;
  }

  /** Gives the conversation with a connection. */
  of(connectionId: string): Conversation {
    return this.#byConnection.get(connectionId) ?? NOTHING;
  }

  /** Asks a question; tells whether it was answered. One at a time per connection. */
  async ask(connectionId: string, question: string): Promise<boolean> {
    const before = this.of(connectionId);
    if (before.asking !== null) return false;
    const started = { ...before, asking: question, error: null };
    this.#byConnection.set(connectionId, started);
    try {
      const text = await this.#client.ask(connectionId, question);
      this.#finish(connectionId, started, {
        answers: [{ id: this.#next++, question, text }, ...started.answers],
        error: null,
      });
      return true;
    } catch (thrown) {
      this.#finish(connectionId, started, {
        answers: started.answers,
        error: wireErrorOf(thrown),
      });
      return false;
    }
  }

  /** Forgets what was asked of a connection. */
  forget(connectionId: string): void {
    this.#byConnection.delete(connectionId);
  }

  #finish(
    connectionId: string,
    started: Conversation,
    outcome: Omit<Conversation, "asking">,
  ): void {
    // An answer that comes after its connection was removed is dropped.
    if (this.#byConnection.get(connectionId) !== started) return;
    this.#byConnection.set(connectionId, { ...outcome, asking: null });
  }
}
