/**
 * The list as the user sees it: its order, its filter, which connection is selected, and whether
 * its detail covers the list in a narrow window. Only an id, the filter's text and a number of
 * pixels survive a restart.
 */
import type { ConnectionView } from "./ipc/bindings";
import { filterWords, searchable } from "./matching";
import { keep, recall, type Memory } from "./memory";
import { accountName, inListOrder } from "./words";

/** The order of the list and the place of the user in it. */
export class Selection {
  /** Every connection's id, in the order of the list. */
  order: readonly string[] = $state.raw([]);
  selectedId: string | null = $state(null);
  /** Whether the detail is in front; only a narrow window shows the difference. */
  opened = $state(false);
  #filter = $state("");
  /** The ids that the filter lets through, in the order of the list. */
  readonly shown: readonly string[] = $derived.by(() => {
    const words = filterWords(this.filter);
    if (words.length === 0) return this.order;
    return this.order.filter((id) => {
      const text = this.#texts[id] ?? "";
      return words.every((word) => text.includes(word));
    });
  });

  readonly #memory: Memory;
  // Never drawn; it changes together with the order, which is.
  #texts: Readonly<Record<string, string>> = {};
  #names: Readonly<Record<string, string>> = {};

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#filter = recall(memory, "filter");
  }

  /** Follows the connections; sorts again only when one came, went or was renamed. */
  follow(connections: ReadonlyMap<string, ConnectionView>): void {
    if (this.#sameNames(connections)) return;
    const before = this.order;
    const sorted = inListOrder(connections.values());
    this.#names = Object.fromEntries(
      sorted.map((view) => [view.id, sortName(view)]),
    );
    this.#texts = Object.fromEntries(
      sorted.map((view) => [view.id, searchable(view)]),
    );
    this.order = sorted.map((view) => view.id);
    if (this.selectedId === null) {
      const remembered = recall(this.#memory, "selected");
      this.#set(
        connections.has(remembered) ? remembered : (this.shown[0] ?? null),
      );
    } else if (!connections.has(this.selectedId)) {
      this.opened = false;
      this.#set(this.#neighbour(before));
    }
  }

  /** Whether there is enough in the list to filter it. */
  get filterable(): boolean {
    return this.order.length >= 2;
  }

  /** What the list is filtered by; empty while there is nothing to filter. */
  get filter(): string {
    return this.filterable ? this.#filter : "";
  }

  set filter(text: string) {
    this.#filter = text;
    keep(this.#memory, "filter", text);
  }

  /** How far the list was scrolled, in pixels. */
  get scrolled(): number {
    return Number.parseInt(recall(this.#memory, "scroll"), 10) || 0;
  }

  set scrolled(pixels: number) {
    const whole = Math.round(pixels);
    keep(this.#memory, "scroll", whole > 0 ? String(whole) : "");
  }

  select(id: string): void {
    this.#set(id);
  }

  /** Selects a connection and brings its detail to the front; a filter that hides it is cleared. */
  open(id: string): void {
    if (!this.shown.includes(id)) this.filter = "";
    this.#set(id);
    this.opened = true;
  }

  /** Goes back to the list. */
  back(): void {
    this.opened = false;
  }

  /** Moves the selection by some rows, stopping at both ends. */
  move(by: number): void {
    const next = Math.min(this.shown.length - 1, Math.max(0, this.index + by));
    const id = this.shown[next];
    if (id !== undefined) this.#set(id);
  }

  /** The place of the selected row among those shown, or −1. */
  get index(): number {
    return this.selectedId === null ? -1 : this.shown.indexOf(this.selectedId);
  }

  #set(id: string | null): void {
    this.selectedId = id;
    keep(this.#memory, "selected", id ?? "");
  }

  #neighbour(before: readonly string[]): string | null {
    const at = before.indexOf(this.selectedId ?? "");
    return this.order[Math.min(at, this.order.length - 1)] ?? null;
  }

  #sameNames(connections: ReadonlyMap<string, ConnectionView>): boolean {
    if (connections.size !== this.order.length) return false;
    for (const view of connections.values()) {
      if (this.#names[view.id] !== sortName(view)) return false;
    }
    return true;
  }
}

function sortName(view: ConnectionView): string {
  return `${accountName(view)}\n${view.providerName}\n${view.account ?? ""}`;
}
