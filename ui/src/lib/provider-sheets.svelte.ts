/**
 * Which sheet lies over the Providers screen. It asks the native side for what a sheet begins with
 * and keeps no form, and no client secret ever.
 */
import type { Basis, ProviderForm, ProviderView } from "./ipc/bindings";
import type { Client } from "./ipc/client";
import type { Mirror } from "./mirror.svelte";
import { copyName } from "./provider-names";

/** What lies over the screen. */
export type ProviderPage =
  | { kind: "closed" }
  | { kind: "add" }
  | { kind: "issuer" }
  | { kind: "file" }
  | {
      kind: "form";
      /** The provider that is edited; `null` for a new one. */
      slug: string | null;
      form: ProviderForm;
      /** The client id that is stored. */
      clientId: string | null;
    }
  | { kind: "saved"; slug: string }
  | { kind: "export"; slug: string; text: string }
  | { kind: "delete"; slug: string };

type Commands = Pick<Client, "providerForm" | "exportProvider">;

/** The sheets of the Providers screen. */
export class ProviderSheets {
  page: ProviderPage = $state.raw({ kind: "closed" });
  readonly #client: Commands;
  readonly #mirror: Mirror;

  constructor(client: Commands, mirror: Mirror) {
    this.#client = client;
    this.#mirror = mirror;
  }

  get open(): boolean {
    return this.page.kind !== "closed";
  }

  show(page: ProviderPage): void {
    this.page = page;
  }

  close(): void {
    this.page = { kind: "closed" };
  }

  /** Takes away what is about a provider that is gone. */
  forget(slug: string): void {
    if ("slug" in this.page && this.page.slug === slug) this.close();
  }

  /** Opens the form of a new provider that begins as `basis`. */
  begin(basis: Basis): Promise<void> {
    return this.#after(this.#client.providerForm(basis), (form) => ({
      kind: "form",
      slug: null,
      form,
      clientId: null,
    }));
  }

  /** Opens the form of a new provider, filled in already. */
  fill(form: ProviderForm): void {
    this.page = { kind: "form", slug: null, form, clientId: null };
  }

  /** Opens the form of a provider of the user's own. */
  edit({ slug, clientId }: ProviderView): Promise<void> {
    const form = this.#client.providerForm({ kind: "provider", slug });
    return this.#after(form, (loaded) => ({
      kind: "form",
      slug,
      form: loaded,
      clientId,
    }));
  }

  /** Opens the form of a new provider like another one. */
  duplicate({ slug }: ProviderView): Promise<void> {
    const form = this.#client.providerForm({ kind: "provider", slug });
    return this.#after(form, (loaded) => {
      const names = [...this.#mirror.providers.values()].map((one) => one.name);
      return {
        kind: "form",
        slug: null,
        form: { ...loaded, name: copyName(loaded.name, names) },
        clientId: null,
      };
    });
  }

  /** Shows the text of a provider's file. */
  exportFile({ slug }: ProviderView): Promise<void> {
    return this.#after(this.#client.exportProvider(slug), (text) => ({
      kind: "export",
      slug,
      text,
    }));
  }

  /** Goes on with what is answered, unless the user went elsewhere meanwhile. */
  async #after<T>(
    asked: Promise<T>,
    next: (answer: T) => ProviderPage,
  ): Promise<void> {
    const before = this.page;
    const answer = await asked;
    if (this.page === before) this.page = next(answer);
  }
}
