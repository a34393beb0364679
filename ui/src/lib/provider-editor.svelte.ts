/**
 * One provider's form while it is filled in: what is typed, what is wrong with it, and how its
 * saving stands. Hazard: the client secret is not in here. Its field gives it away once, to `save`,
 * and has to be filled in again whenever nothing was saved.
 */
import { SvelteSet } from "svelte/reactivity";

import type {
  Field,
  FieldFaultView,
  HostMove,
  ProviderForm,
  WireError,
} from "./ipc/bindings";
import { wireErrorOf, type Client } from "./ipc/client";
import {
  clientFaults,
  faultWords,
  missingFields,
  type Faults,
} from "./provider-form";
import { withoutScope, withScopes } from "./scopes";

type Commands = Pick<Client, "checkProvider" | "saveProvider">;

/** Hosts that would change, and how many connections that concerns. */
export type Moves = { moves: readonly HostMove[]; connections: number };

/** The form of one provider. */
export class ProviderEditor {
  readonly form: ProviderForm;
  /** The provider that is edited; `null` for a new one. */
  readonly slug: string | null;
  /** The client id that is stored; `null` while there is none. */
  readonly stored: string | null;
  clientId = $state("");
  /** A scope that is not finished yet. */
  pending = $state("");
  /** What to register at the provider; none as long as it has no name. */
  redirectUris: readonly string[] = $state.raw([]);
  /** What has to be confirmed before it is saved. */
  moves: Moves | null = $state.raw(null);
  /** Why nothing was saved. */
  refused: WireError | null = $state.raw(null);
  /** Whether something is on its way to the native side that has to be waited for. */
  saving = $state(false);
  /** Whether a secret was given away and nothing was saved. */
  secretGone = $state(false);
  readonly #client: Commands;
  readonly #left = new SvelteSet<Field>();
  #native: readonly FieldFaultView[] = $state.raw([]);
  #local: Faults = $state.raw({});
  #tried = $state(false);
  #checked = "";
  #check = 0;

  constructor(
    client: Commands,
    begun: { slug: string | null; form: ProviderForm; clientId: string | null },
  ) {
    this.#client = client;
    this.slug = begun.slug;
    this.stored = begun.clientId;
    this.clientId = begun.clientId ?? "";
    const form = $state(structuredClone(begun.form));
    this.form = form;
  }

  /** Whether a client secret goes with the client id. */
  get needsSecret(): boolean {
    return this.form.clientAuthentication !== "none";
  }

  /**
   * What to show beside the fields: of a field that the user has not left yet nothing, and what is
   * missing only after the first try to save.
   */
  get faults(): Faults {
    const seen = this.#native.filter(
      ({ field, trouble }) =>
        this.#tried || (this.#left.has(field) && trouble !== "missing"),
    );
    return { ...faultWords(seen), ...this.#local };
  }

  /** Takes in that the user has left a field, and has the form looked at if it changed. */
  async leave(field: Field): Promise<void> {
    this.#left.add(field);
    if (field in this.#local) this.#local = without(this.#local, field);
    await this.begin();
  }

  /** Has the form looked at as it is. */
  async begin(): Promise<void> {
    try {
      await this.#look();
    } catch {
      // Nothing is lost: saving asks again, and tells what is in the way.
    }
  }

  /** Makes chips of what is typed into the field of scopes. */
  commitScopes(): void {
    this.form.scopes = withScopes(this.form.scopes, this.pending);
    this.pending = "";
  }

  /** Takes a chip away. */
  removeScope(scope: string): void {
    this.form.scopes = withoutScope(this.form.scopes, scope);
  }

  /**
   * Looks at the form, here and over there, before anything is sent to be saved; the secret stays
   * in its field. Tells whether it can be saved.
   */
  async ready(secret: string): Promise<boolean> {
    this.#tried = true;
    this.refused = null;
    this.commitScopes();
    const { stored, needsSecret } = this;
    const typed = needsSecret ? secret : "";
    const client = { id: this.clientId, secret: typed, stored, needsSecret };
    this.#local = { ...missingFields(this.form), ...clientFaults(client) };
    this.saving = true;
    try {
      await this.#look();
    } catch (thrown) {
      this.refused = wireErrorOf(thrown);
      return false;
    } finally {
      this.saving = false;
    }
    return Object.keys(this.faults).length === 0;
  }

  /** Saves the form; gives the slug, or `null` where nothing was saved. */
  async save(secret: string, confirmed: boolean): Promise<string | null> {
    const given = this.needsSecret && secret !== "" ? secret : null;
    this.saving = true;
    this.refused = null;
    this.secretGone = given !== null;
    try {
      const answer = await this.#client.saveProvider(
        this.slug,
        $state.snapshot(this.form),
        this.clientId.trim(),
        given,
        confirmed,
      );
      this.moves = answer.kind === "moves" ? answer : null;
      if (answer.kind === "saved") return answer.slug;
      if (answer.kind === "faults") this.#native = answer.faults;
    } catch (thrown) {
      this.refused = wireErrorOf(thrown);
    } finally {
      this.saving = false;
    }
    return null;
  }

  /** Goes back to the form, with nothing saved. */
  unmove(): void {
    this.moves = null;
  }

  async #look(): Promise<void> {
    const form = $state.snapshot(this.form);
    const text = JSON.stringify(form);
    if (text === this.#checked) return;
    this.#check += 1;
    const mine = this.#check;
    const found = await this.#client.checkProvider(this.slug, form);
    // A later look knows better.
    if (mine !== this.#check) return;
    this.#checked = text;
    this.#native = found.faults;
    this.redirectUris = found.redirectUris;
  }
}

function without(faults: Faults, field: Field): Faults {
  return Object.fromEntries(
    Object.entries(faults).filter(([name]) => name !== field),
  );
}
