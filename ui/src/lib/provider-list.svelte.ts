/**
 * The providers as the user sees them: their order, the filter and which one is selected. Nothing
 * of it survives a restart.
 */
import type { ConnectionView, ProviderView } from "./ipc/bindings";
import { filterWords, folded } from "./matching";
import { locale } from "./messages";
import type { Mirror } from "./mirror.svelte";
import { bareName } from "./words";

const COLLATOR = new Intl.Collator(locale, { numeric: true });

/** The list of the Providers screen. */
export class ProviderList {
  filter = $state("");
  /** Whether the detail is in front; only a narrow window shows the difference. */
  opened = $state(false);
  #chosen: string | null = $state(null);
  readonly #mirror: Mirror;

  /** Every provider, in the order of the list. */
  readonly order: readonly ProviderView[] = $derived.by(() =>
    inOrder(this.#mirror.providers.values()),
  );

  /** Those that the filter lets through. */
  readonly shown: readonly ProviderView[] = $derived.by(() => {
    const words = filterWords(this.filter);
    return this.order.filter((one) => {
      const text = folded(`${one.name}\n${one.host}`);
      return words.every((word) => text.includes(word));
    });
  });

  /** The selected provider; where it is gone, the first that is shown. */
  readonly selected: ProviderView | null = $derived.by(() => {
    const chosen =
      this.#chosen === null
        ? undefined
        : this.#mirror.providers.get(this.#chosen);
    return chosen ?? this.shown[0] ?? null;
  });

  readonly #counts: ReadonlyMap<string, number> = $derived.by(() => {
    // Made anew whenever the connections change, so nothing has to follow it.
    // eslint-disable-next-line svelte/prefer-svelte-reactivity
    const counts = new Map<string, number>();
    for (const { providerSlug } of this.#mirror.connections.values()) {
      counts.set(providerSlug, (counts.get(providerSlug) ?? 0) + 1);
    }
    return counts;
  });

  constructor(mirror: Mirror) {
    this.#mirror = mirror;
  }

  /** Whether there is enough in the list to filter it. */
  get filterable(): boolean {
    return this.order.length >= 2;
  }

  /** The place of the selected row among those shown, or −1. */
  get index(): number {
    return this.shown.findIndex((one) => one.slug === this.selected?.slug);
  }

  /** How many connections there are at a provider. */
  count(slug: string): number {
    return this.#counts.get(slug) ?? 0;
  }

  /** The connections at a provider. */
  connectionsOf(slug: string): ConnectionView[] {
    return [...this.#mirror.connections.values()].filter(
      (one) => one.providerSlug === slug,
    );
  }

  select(slug: string): void {
    this.#chosen = slug;
  }

  /** Selects a provider and brings its detail to the front; a filter that hides it is cleared. */
  open(slug: string): void {
    if (!this.shown.some((one) => one.slug === slug)) this.filter = "";
    this.#chosen = slug;
    this.opened = true;
  }

  /** Goes back to the list. */
  back(): void {
    this.opened = false;
  }

  /** Moves the selection by some rows, stopping at both ends. */
  move(by: number): void {
    const place = Math.max(0, this.index + by);
    const next = this.shown[Math.min(this.shown.length - 1, place)];
    if (next !== undefined) this.#chosen = next.slug;
  }

  /** Selects the neighbour of a provider that is about to go, if it is the selected one. */
  leave(slug: string): void {
    if (this.selected?.slug !== slug) return;
    const at = this.shown.findIndex((one) => one.slug === slug);
    const next = this.shown[at + 1] ?? this.shown[at - 1];
    this.#chosen = next?.slug ?? null;
    this.opened = false;
  }
}

/** Gives providers by name, those of the sandbox last. */
function inOrder(providers: Iterable<ProviderView>): ProviderView[] {
  return [...providers]
    .map((one) => ({ one, name: bareName(one.name, one.sandbox) }))
    .sort(
      (a, b) =>
        Number(a.one.sandbox) - Number(b.one.sandbox) ||
        COLLATOR.compare(a.name, b.name) ||
        (a.one.slug < b.one.slug ? -1 : 1),
    )
    .map(({ one }) => one);
}
