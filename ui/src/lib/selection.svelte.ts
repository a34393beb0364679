/**
 * Which connection is selected, and whether its detail covers the list in a narrow window. The
 * selected id survives a restart in local storage; nothing else is kept there.
 */
import type { ConnectionView } from "./ipc/bindings";
import { accountName, inListOrder } from "./words";

const KEY = "keyfob.selected";

/** The part of local storage that is used. */
export type Memory = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** The order of the list and the place of the user in it. */
export class Selection {
  /** Connection ids in the order of the list. */
  order: readonly string[] = $state.raw([]);
  selectedId: string | null = $state(null);
  /** Whether the detail is in front; only a narrow window shows the difference. */
  opened = $state(false);
  readonly #memory: Memory;
  // Never drawn, so nothing has to follow it.
  #names: Readonly<Record<string, string>> = {};

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Follows the connections; sorts again only when one came, went or was renamed. */
  follow(connections: ReadonlyMap<string, ConnectionView>): void {
    if (this.#sameNames(connections)) return;
    const before = this.order;
    const sorted = inListOrder(connections.values());
    this.#names = Object.fromEntries(
      sorted.map((view) => [view.id, sortName(view)]),
    );
    this.order = sorted.map((view) => view.id);
    if (this.selectedId === null) {
      const remembered = this.#memory.getItem(KEY);
      this.#set(
        remembered !== null && connections.has(remembered)
          ? remembered
          : (this.order[0] ?? null),
      );
    } else if (!connections.has(this.selectedId)) {
      this.opened = false;
      this.#set(this.#neighbour(before));
    }
  }

  select(id: string): void {
    this.#set(id);
  }

  /** Selects a connection and brings its detail to the front. */
  open(id: string): void {
    this.#set(id);
    this.opened = true;
  }

  /** Goes back to the list. */
  back(): void {
    this.opened = false;
  }

  /** Moves the selection by some rows, stopping at both ends. */
  move(by: number): void {
    const at = this.selectedId === null ? -1 : this.index;
    const next = Math.min(this.order.length - 1, Math.max(0, at + by));
    const id = this.order[next];
    if (id !== undefined) this.#set(id);
  }

  /** The place of the selected row, or −1. */
  get index(): number {
    return this.selectedId === null ? -1 : this.order.indexOf(this.selectedId);
  }

  #set(id: string | null): void {
    this.selectedId = id;
    if (id === null) this.#memory.removeItem(KEY);
    else this.#memory.setItem(KEY, id);
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
  return `${accountName(view)}\n${view.providerName}`;
}
