/**
 * Commands that the native side refused and that have no place of their own on the screen. They
 * are shown beside the engine's notices until dismissed. Keeps errors only, never arguments.
 */
import { wireErrorOf } from "./ipc/client";
import type { WireError } from "./ipc/bindings";

/** One refused command. */
export type Refusal = { id: number; error: WireError };

/** The refusals that are on the screen, oldest first. */
export class Refusals {
  list: readonly Refusal[] = $state.raw([]);
  #next = 1;

  /** Waits for a command and keeps its error if it is refused; tells whether it went through. */
  async watch(command: Promise<unknown>): Promise<boolean> {
    try {
      await command;
      return true;
    } catch (thrown) {
      this.add(wireErrorOf(thrown));
      return false;
    }
  }

  dismiss(id: number): void {
    this.list = this.list.filter((one) => one.id !== id);
  }

  /** Takes away what was said of a connection: its own state tells now. */
  forget(connectionId: string): void {
    this.list = this.list.filter(
      (one) => one.error.connectionId !== connectionId,
    );
  }

  /** Shows an error. */
  add(error: WireError): void {
    // The same trouble twice is one message.
    const others = this.list.filter(
      (one) =>
        one.error.code !== error.code ||
        one.error.connectionId !== error.connectionId,
    );
    this.list = [...others, { id: this.#next++, error }];
  }
}
