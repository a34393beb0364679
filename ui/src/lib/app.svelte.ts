/**
 * Puts the stores together and leads every event to them. The only place that knows them all;
 * it draws nothing.
 */
import { createContext } from "svelte";

import { Announcer } from "./announcer.svelte";
import { WindowClock } from "./clock.svelte";
import { ConnectFlow } from "./flow.svelte";
import { wireErrorOf, type Client } from "./ipc/client";
import type { ConnectionView, UiEvent } from "./ipc/bindings";
import { keep, recall, type Memory } from "./memory";
import { Mirror } from "./mirror.svelte";
import { ProviderList } from "./provider-list.svelte";
import { ProviderSheets } from "./provider-sheets.svelte";
import { queueOf } from "./queue";
import { Questions } from "./questions.svelte";
import { Refusals } from "./refusals.svelte";
import { Selection } from "./selection.svelte";
import { showAppearance } from "./theme";

/** The screens of the window. */
export type Screen = "connections" | "providers";

/** Everything a component can reach. */
export class App {
  readonly client: Client;
  readonly mirror = new Mirror();
  readonly clock = new WindowClock();
  readonly refusals = new Refusals();
  readonly announcer = new Announcer();
  readonly selection: Selection;
  readonly questions: Questions;
  readonly flow: ConnectFlow;
  readonly providers: ProviderList;
  readonly sheets: ProviderSheets;
  /** Whether the question "Quit Keyfob?" is on the screen. */
  closeAsked = $state(false);
  /** The connection that is about to be revoked, if the user is being asked. */
  revokeAsked: string | null = $state(null);

  #screen: Screen = $state("connections");
  readonly #session: Memory;

  /** The queue looks at the time once a minute only. */
  readonly #minute = $derived(Math.floor(this.clock.now / 60_000) * 60_000);

  /** What only the user can do, the most pressing first. */
  readonly queue = $derived.by(() =>
    queueOf(
      this.selection.order
        .map((id) => this.mirror.connections.get(id))
        .filter((view) => view !== undefined),
      this.mirror.keychain,
      this.#minute,
    ),
  );

  /** `memory` outlives a restart, `session` does not. */
  constructor(client: Client, memory: Memory, session: Memory) {
    this.client = client;
    this.#session = session;
    if (recall(session, "screen") === "providers") this.#screen = "providers";
    this.providers = new ProviderList(this.mirror);
    this.sheets = new ProviderSheets(client, this.mirror);
    this.selection = new Selection(memory);
    this.questions = new Questions(client);
    this.flow = new ConnectFlow(
      client,
      this.mirror,
      {
        open: (id) => {
          this.showConnection(id);
        },
      },
      this.refusals,
    );
  }

  /** The screen that is in front. */
  get screen(): Screen {
    return this.#screen;
  }

  /** Brings a screen to the front, with its list before its detail. */
  show(screen: Screen): void {
    this.#screen = screen;
    keep(this.#session, "screen", screen === "connections" ? "" : screen);
    if (screen === "connections") this.selection.back();
    else this.providers.back();
  }

  /** Brings a connection to the front, whichever screen was there. */
  showConnection(id: string): void {
    this.show("connections");
    this.selection.open(id);
  }

  /** Takes in one event of the channel. */
  receive(event: UiEvent): void {
    const before = connectionOf(this.mirror, event);
    if (event.type === "providerRemoved") this.providers.leave(event.slug);
    this.mirror.apply(event);
    switch (event.type) {
      case "snapshot":
        this.selection.follow(this.mirror.connections);
        break;
      case "connection":
      case "connectionRemoved":
        if (
          event.type === "connection" &&
          "error" in event.connection.condition
        ) {
          // The answer to a command may come before the event that tells the same.
          this.refusals.forget(event.connection.id);
        }
        this.selection.follow(this.mirror.connections);
        this.announcer.compare(
          before,
          connectionOf(this.mirror, event),
          this.clock.now,
        );
        if (event.type === "connectionRemoved") this.#forget(event.id);
        break;
      case "providerRemoved":
        this.sheets.forget(event.slug);
        break;
      case "closeRequested":
        this.closeAsked = true;
        break;
      case "appearance":
        showAppearance(document.documentElement, event.dark);
        break;
      case "broken":
      case "provider":
      case "attempt":
      case "attemptRemoved":
      case "keychain":
      case "notice":
      case "noticeRemoved":
        break;
    }
  }

  /** The selected connection, if there is one. */
  get selected(): ConnectionView | null {
    const id = this.selection.selectedId;
    return id === null ? null : (this.mirror.connections.get(id) ?? null);
  }

  /** Asks for a renewal. A refusal that the account's own state tells isn't told twice. */
  async renew(id: string): Promise<void> {
    try {
      await this.client.renew(id);
    } catch (thrown) {
      const state = this.mirror.connections.get(id)?.condition;
      if (state === undefined || !("error" in state)) {
        this.refusals.add(wireErrorOf(thrown));
      }
    }
  }

  /** Opens the set-up that a connection waits for; what it waits for follows when that is saved. */
  mendSetUp(connection: ConnectionView): void {
    const ended = connection.condition.kind === "needsSignIn";
    this.flow.setUp(connection.providerSlug, {
      kind: ended ? "reconnect" : "renew",
      connectionId: connection.id,
    });
  }

  #forget(id: string): void {
    this.questions.forget(id);
    if (this.revokeAsked === id) this.revokeAsked = null;
  }
}

/** Hands the app to the components below, and to each that asks. */
export const [useApp, provideApp] = createContext<App>();

function connectionOf(
  mirror: Mirror,
  event: UiEvent,
): ConnectionView | undefined {
  if (event.type === "connection") {
    return mirror.connections.get(event.connection.id);
  }
  return event.type === "connectionRemoved"
    ? mirror.connections.get(event.id)
    : undefined;
}
