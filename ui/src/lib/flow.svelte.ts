/**
 * Where the user is in connecting an account: choosing, setting up, or following one attempt.
 * The attempt itself lives in the engine; this only knows which one is being looked at.
 */
import { SvelteSet } from "svelte/reactivity";

import { wireErrorOf, type Client } from "./ipc/client";
import type { AttemptView, Choice, WireError } from "./ipc/bindings";
import type { Mirror } from "./mirror.svelte";
import type { Refusals } from "./refusals.svelte";
import type { Selection } from "./selection.svelte";

/** What follows when a set-up has been saved. */
export type AfterSetUp =
  | { kind: "connect" }
  | { kind: "reconnect"; connectionId: string }
  | { kind: "renew"; connectionId: string };

/** What the sheet shows. */
export type SheetPage =
  | { kind: "closed" }
  | { kind: "choose" }
  | { kind: "setUp"; providerSlug: string; then: AfterSetUp }
  | {
      kind: "attempt";
      providerSlug: string;
      /** The connection that is signed in again, if it is one. */
      connectionId: string | null;
      /** `null` until the engine has answered. */
      attemptId: string | null;
      /** Why no attempt came about. */
      refused: WireError | null;
    };

type Commands = Pick<
  Client,
  | "connect"
  | "reconnect"
  | "answerQuestion"
  | "cancelAttempt"
  | "dismissAttempt"
>;

/** The sheet and the attempt it follows. */
export class ConnectFlow {
  /** The answer that is on its way to the engine, if one is. */
  answering: Choice | null = $state(null);
  #chosen: SheetPage = $state.raw({ kind: "closed" });
  readonly #left = new SvelteSet<string>();
  readonly #client: Commands;
  readonly #mirror: Mirror;
  readonly #selection: Pick<Selection, "open">;
  readonly #refusals: Refusals;

  constructor(
    client: Commands,
    mirror: Mirror,
    selection: Pick<Selection, "open">,
    refusals: Refusals,
  ) {
    this.#client = client;
    this.#mirror = mirror;
    this.#selection = selection;
    this.#refusals = refusals;
  }

  /** What the sheet shows now; an attempt that came from elsewhere is followed as well. */
  get page(): SheetPage {
    const chosen = this.#chosen;
    if (chosen.kind === "attempt" && this.#isOver(chosen.attemptId)) {
      return { kind: "closed" };
    }
    if (chosen.kind !== "closed") return chosen;
    for (const attempt of this.#mirror.attempts.values()) {
      if (attempt.step !== "cancelled" && !this.#left.has(attempt.id)) {
        return {
          kind: "attempt",
          providerSlug: attempt.providerSlug,
          connectionId: attempt.connectionId,
          attemptId: attempt.id,
          refused: null,
        };
      }
    }
    return chosen;
  }

  /** The attempt that the sheet follows, once the engine has told of it. */
  get attempt(): AttemptView | null {
    const page = this.page;
    if (page.kind !== "attempt" || page.attemptId === null) return null;
    return this.#mirror.attempts.get(page.attemptId) ?? null;
  }

  choose(): void {
    // A running attempt stays in front: it has its own Cancel.
    if (this.page.kind !== "attempt") this.#chosen = { kind: "choose" };
  }

  /** Leaves what is on the sheet, if need be, for a provider's set-up. */
  setUp(providerSlug: string, then: AfterSetUp = { kind: "connect" }): void {
    this.#leave();
    this.#chosen = { kind: "setUp", providerSlug, then };
  }

  connect(providerSlug: string): Promise<void> {
    return this.#begin(providerSlug, null);
  }

  reconnect(providerSlug: string, connectionId: string): Promise<void> {
    return this.#begin(providerSlug, connectionId);
  }

  /** Starts once more what failed. */
  async retry(): Promise<void> {
    const page = this.page;
    if (page.kind !== "attempt") return;
    this.#leave();
    await this.#begin(page.providerSlug, page.connectionId);
  }

  /** Answers what the attempt asks, once; the engine tells what comes of it. */
  async answer(choice: Choice): Promise<void> {
    const asking = this.attempt;
    if (asking?.step !== "asking" || this.answering !== null) return;
    this.answering = choice;
    try {
      await this.#client.answerQuestion(asking.id, choice);
    } catch (thrown) {
      const error = wireErrorOf(thrown);
      // It ended by itself meanwhile, so there is nothing left to answer.
      if (error.code === "attempt_unknown") this.#left.add(asking.id);
      else this.#refusals.add(error);
    } finally {
      this.answering = null;
    }
  }

  /** Leaves the sheet as Escape does: a question is declined, anything else is closed. */
  async escape(): Promise<void> {
    if (this.attempt?.step === "asking" && this.answering === null) {
      await this.answer("decline");
    } else this.close();
  }

  /** Closes the sheet: a running attempt is cancelled, a connected one leads to its connection. */
  close(): void {
    const connected = this.attempt;
    this.#leave();
    this.#chosen = { kind: "closed" };
    if (connected?.step === "connected" && connected.connectionId !== null) {
      this.#selection.open(connected.connectionId);
    }
  }

  #isOver(attemptId: string | null): boolean {
    if (attemptId === null) return false;
    if (this.#left.has(attemptId)) return true;
    return this.#mirror.attempts.get(attemptId)?.step === "cancelled";
  }

  async #begin(
    providerSlug: string,
    connectionId: string | null,
  ): Promise<void> {
    const begun: SheetPage = {
      kind: "attempt",
      providerSlug,
      connectionId,
      attemptId: null,
      refused: null,
    };
    this.#chosen = begun;
    try {
      const attemptId =
        connectionId === null
          ? await this.#client.connect(providerSlug)
          : await this.#client.reconnect(connectionId);
      if (this.#chosen === begun) this.#chosen = { ...begun, attemptId };
      else this.#end(attemptId);
    } catch (thrown) {
      if (this.#chosen === begun) {
        this.#chosen = { ...begun, refused: wireErrorOf(thrown) };
      }
    }
  }

  #leave(): void {
    const page = this.page;
    if (page.kind === "attempt" && page.attemptId !== null) {
      this.#end(page.attemptId);
    }
  }

  #end(attemptId: string): void {
    this.#left.add(attemptId);
    const step = this.#mirror.attempts.get(attemptId)?.step;
    const over =
      step === "failed" || step === "connected" || step === "cancelled";
    void this.#finish(attemptId, over);
  }

  async #finish(attemptId: string, over: boolean): Promise<void> {
    try {
      if (!over) await this.#client.cancelAttempt(attemptId);
      await this.#client.dismissAttempt(attemptId);
    } catch (thrown) {
      const error = wireErrorOf(thrown);
      // It ended by itself meanwhile: that is what was wanted.
      if (error.code !== "attempt_unknown") this.#refusals.add(error);
    }
  }
}
