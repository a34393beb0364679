/**
 * Stands in for the native side inside a page: answers commands as told, records them, and sends
 * channel messages as Tauri does. The function runs in the page, so it uses nothing from outside.
 */
import type { UiEvent, WireError } from "../../src/lib/ipc/bindings";

/** How a command is answered; without an entry the answer is `null`. */
export type Reply =
  | { ok: unknown }
  | { error: WireError }
  | { never: true }
  /** Refused when the test says so, through `native.late`. */
  | { late: true };

export type Script = {
  first: UiEvent[];
  replies: Record<string, Reply>;
};

export type Call = { command: string; values: Record<string, unknown> };

export type Native = {
  calls: Call[];
  violations: string[];
  replies: Record<string, Reply>;
  send: (event: UiEvent) => void;
  late?: (error: WireError) => void;
};

declare global {
  interface Window {
    native: Native;
  }
}

/** Puts the stand-in into a page, before any script of the page runs. */
export function installNative(script: Script): void {
  const callbacks = new Map<number, (message: unknown) => void>();
  let nextCallback = 1;
  let channel: number | null = null;
  let nextIndex = 0;

  const native: Native = {
    calls: [],
    violations: [],
    replies: script.replies,
    send(event) {
      if (channel === null) throw new Error("nobody subscribed");
      callbacks.get(channel)?.({ index: nextIndex++, message: event });
    },
  };
  document.addEventListener("securitypolicyviolation", (event) => {
    native.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
  });

  async function invoke(
    command: string,
    values: Record<string, unknown>,
  ): Promise<unknown> {
    const plain = { ...values };
    if (command === "subscribe") {
      channel = (values["channel"] as { id: number }).id;
      delete plain["channel"];
      for (const event of script.first) {
        queueMicrotask(() => {
          native.send(event);
        });
      }
    }
    native.calls.push({ command, values: plain });
    const reply = native.replies[command] ?? { ok: null };
    if ("never" in reply) return new Promise(() => undefined);
    if ("late" in reply) {
      return new Promise((_resolve, reject) => {
        native.late = reject;
      });
    }
    await Promise.resolve();
    if ("error" in reply) {
      // Tauri rejects with the plain value of the command's error.
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      throw reply.error;
    }
    return reply.ok;
  }

  Object.defineProperty(window, "native", { value: native });
  Object.defineProperty(window, "__TAURI_INTERNALS__", {
    value: {
      invoke,
      transformCallback(callback: (message: unknown) => void) {
        const id = nextCallback++;
        callbacks.set(id, callback);
        return id;
      },
      unregisterCallback(id: number) {
        callbacks.delete(id);
      },
    },
  });
  // The app sets `freezePrototype`.
  Object.freeze(Object.prototype);
}
