/**
 * The only door to the native side: one function per command, and the one channel on which
 * everything comes back. Nothing else may import `@tauri-apps/api`. Hazard: the client secret
 * passes through here once, inward; it must not be kept or logged.
 */
import { Channel, invoke } from "@tauri-apps/api/core";

import type {
  Basis,
  CheckView,
  Choice,
  DiscoveryAnswer,
  Ending,
  Link,
  PresetView,
  ProviderForm,
  SaveAnswer,
  UiEvent,
  WireError,
} from "./bindings";

declare global {
  interface Window {
    /** Put there by a test build's initialization script; absent otherwise. */
    __KEYFOB_TRANSCRIPT__?: unknown;
  }
}

/** A command that was refused, with the error as it crossed the wire. */
export class CommandError extends Error {
  readonly wire: WireError;

  constructor(wire: WireError) {
    super(wire.code);
    this.name = "CommandError";
    this.wire = wire;
  }
}

/** Every command of the native side. */
export const client = {
  /** Opens the channel; its first message is `snapshot` or `broken`. */
  subscribe(receive: (event: UiEvent) => void): Promise<null> {
    const channel = new Channel<UiEvent>((event) => {
      record(event);
      receive(event);
    });
    return command("subscribe", { channel });
  },
  /** Says that the first view is on the page, so that the hidden window can be shown. */
  mounted: () => command<null>("mounted"),
  /** Says that the first frame is on the screen, so that the rest of the start can go on. */
  painted: () => command<null>("painted"),
  /** Starts an authorization attempt and gives its id. */
  connect: (providerSlug: string) =>
    command<string>("connect", { providerSlug }),
  /** Starts an authorization attempt for a connection that exists and gives its id. */
  reconnect: (connectionId: string) =>
    command<string>("reconnect", { connectionId }),
  cancelAttempt: (attemptId: string) =>
    command<null>("cancel_attempt", { attemptId }),
  /** Answers the question that an attempt asks. */
  answerQuestion: (attemptId: string, choice: Choice) =>
    command<null>("answer_question", { attemptId, choice }),
  openPageAgain: (attemptId: string) =>
    command<null>("open_page_again", { attemptId }),
  copyLink: (attemptId: string) => command<null>("copy_link", { attemptId }),
  /** Ends the showing of an attempt that failed, connected or was cancelled. */
  dismissAttempt: (attemptId: string) =>
    command<null>("dismiss_attempt", { attemptId }),
  /** Saves a client id and a secret; the secret can never be read back. */
  setUpProvider: (
    providerSlug: string,
    clientId: string,
    clientSecret: string,
  ) =>
    command<null>("set_up_provider", { providerSlug, clientId, clientSecret }),
  /** Gives the providers that can be added by name. */
  providerPresets: () => command<PresetView[]>("provider_presets"),
  /** Gives the form that a provider is begun with. */
  providerForm: (basis: Basis) =>
    command<ProviderForm>("provider_form", { basis }),
  /** Gives the complaints about a form; nothing is saved. */
  checkProvider: (slug: string | null, form: ProviderForm) =>
    command<CheckView>("check_provider", { slug, form }),
  /** Saves a provider as a whole or not at all; the secret can never be read back. */
  saveProvider: (
    slug: string | null,
    form: ProviderForm,
    clientId: string,
    clientSecret: string | null,
    confirmed: boolean,
  ) =>
    command<SaveAnswer>("save_provider", {
      slug,
      form,
      clientId,
      clientSecret,
      confirmed,
    }),
  deleteProvider: (slug: string) => command<null>("delete_provider", { slug }),
  /** Gives the text of a provider's file, without client id and secret. */
  exportProvider: (slug: string) =>
    command<string>("export_provider", { slug }),
  /** Reads the text of a provider's file into a form. */
  importProvider: (text: string) =>
    command<ProviderForm>("import_provider", { text }),
  /** Looks an issuer up; in the user's own network only where that is allowed. */
  discoverProvider: (issuer: string, allowPrivate: boolean) =>
    command<DiscoveryAnswer>("discover_provider", { issuer, allowPrivate }),
  /** Names a connection; `null` takes the name away. */
  renameConnection: (connectionId: string, name: string | null) =>
    command<null>("rename_connection", { connectionId, name }),
  renew: (connectionId: string) => command<null>("renew", { connectionId }),
  reloadSummary: (connectionId: string) =>
    command<null>("reload_summary", { connectionId }),
  /** Asks the provider a question and gives its answer. */
  ask: (connectionId: string, question: string) =>
    command<string>("ask", { connectionId, question }),
  /**
   * Ends a connection: at its provider and here, here now and there once it can be reached, or here
   * only.
   */
  revoke: (connectionId: string, ending: Ending) =>
    command<null>("revoke", { connectionId, ending }),
  unlockKeychain: () => command<null>("unlock_keychain"),
  retryKeychain: () => command<null>("retry_keychain"),
  /** Opens a provider's page in the user's browser; the address is known to the native side only. */
  openLink: (link: Link) => command<null>("open_link", { link }),
  copyText: (text: string) => command<null>("copy_text", { text }),
  dismissNotice: (id: number) => command<null>("dismiss_notice", { id }),
  quit: () => command<null>("quit"),
  stay: () => command<null>("stay"),
};

/** The commands, as the stores see them; tests bring their own. */
export type Client = typeof client;

/** Gives the wire error of anything that was thrown; what is not one becomes `internal`. */
export function wireErrorOf(thrown: unknown): WireError {
  if (thrown instanceof CommandError) return thrown.wire;
  if (isWireError(thrown)) return thrown;
  return {
    code: "internal",
    retryable: false,
    connectionId: null,
    detail: typeof thrown === "string" ? thrown : null,
  };
}

async function command<T>(
  name: string,
  values: Record<string, unknown> = {},
): Promise<T> {
  try {
    return await invoke<T>(name, values);
  } catch (thrown) {
    throw new CommandError(wireErrorOf(thrown));
  }
}

function isWireError(value: unknown): value is WireError {
  return (
    typeof value === "object" &&
    value !== null &&
    "code" in value &&
    typeof value.code === "string" &&
    "retryable" in value
  );
}

function record(event: UiEvent): void {
  const transcript = window.__KEYFOB_TRANSCRIPT__;
  if (Array.isArray(transcript)) transcript.push(JSON.stringify(event));
}
