/**
 * What is wrong with a provider's form, in words, and what the form's choices are. Pure. Only what
 * is missing is judged here; the native side judges the rest and has the last word.
 */
import type {
  Field,
  FieldFaultView,
  ProviderForm,
  RedirectKind,
} from "./ipc/bindings";
import { t } from "./messages";
import { plainLine } from "./plain";
import { credentialFault } from "./validation";

/** A complaint per field; the first one of a field is the one that is shown. */
export type Faults = Readonly<Partial<Record<Field, string>>>;

/** The fields behind *More*, which is opened when one of them has a fault. */
const BEHIND_MORE: ReadonlySet<Field> = new Set<Field>([
  "issuer",
  "revocationEndpoint",
  "userinfoEndpoint",
  "jwksUri",
  "extraParameters",
  "redirectKinds",
  "idToken",
  "contextAddress",
  "contextPointer",
  "apiHosts",
  "extraCa",
]);

/** Gives the native side's complaints in words. */
export function faultWords(faults: readonly FieldFaultView[]): Faults {
  const words: Partial<Record<Field, string>> = {};
  for (const { field, trouble, word } of faults) {
    words[field] ??= sentence(field, trouble, word ?? "");
  }
  return words;
}

/** Gives what is missing in the fields that every provider needs. */
export function missingFields(form: ProviderForm): Faults {
  const words: Partial<Record<Field, string>> = {};
  for (const field of [
    "name",
    "authorizationEndpoint",
    "tokenEndpoint",
  ] as const) {
    if (form[field].trim() === "")
      words[field] = sentence(field, "missing", "");
  }
  return words;
}

/** What is known of the client before the form is saved. */
export type ClientState = {
  id: string;
  secret: string;
  /** The id that is stored, with its secret; `null` while there is none. */
  stored: string | null;
  /** Whether a secret goes with the id. */
  needsSecret: boolean;
};

/** Gives what is wrong with client id and secret. Both may follow later, but only together. */
export function clientFaults(client: ClientState): Faults {
  const words: Partial<Record<Field, string>> = {};
  const id = client.id.trim();
  const secret = client.secret.trim();
  if (id !== "" || secret !== "" || client.stored !== null) {
    const fault = credentialFault("clientId", id);
    if (fault !== null) words.clientId = fault;
  }
  const wanted = id !== "" && client.stored === null;
  if (client.needsSecret && (secret !== "" || wanted)) {
    const fault = credentialFault("clientSecret", secret);
    if (fault !== null) words.clientSecret = fault;
  }
  return words;
}

/** Tells whether one of these complaints is about a field behind *More*. */
export function isBehindMore(faults: Faults): boolean {
  return Object.keys(faults).some((field) => BEHIND_MORE.has(field as Field));
}

/** The ways back as they are chosen, best first, joined by a hyphen. */
export const WAYS = [
  "loopback",
  "scheme",
  "loopback-scheme",
  "scheme-loopback",
] as const;

/** Gives the choice that stands for these redirect kinds; empty where none does. */
export function wayOf(kinds: readonly RedirectKind[]): string {
  return kinds.join("-");
}

/** Gives the redirect kinds of a choice. */
export function kindsOf(way: string): RedirectKind[] {
  return way
    .split("-")
    .filter((kind): kind is RedirectKind =>
      /^(?:scheme|loopback)$/u.test(kind),
    );
}

function sentence(
  field: Field,
  trouble: FieldFaultView["trouble"],
  word: string,
): string {
  switch (trouble) {
    case "missing":
      return t("fault.missing", { field: t(`field.${field}`) });
    case "protected":
      return t("fault.protected", { word: plainLine(word) });
    case "badScope":
      return t("fault.badScope", { word: plainLine(word) });
    case "badHost":
      return t("fault.badHost", { word: plainLine(word) });
    case "badName":
    case "nameTaken":
    case "noAddress":
    case "insecure":
    case "badParameter":
    case "tooManyScopes":
    case "noWayBack":
    case "foreignHost":
    case "badPointer":
    case "nothingToVerifyWith":
    case "badIssuer":
    case "badCertificate":
    case "badDays":
    case "badCredential":
      return t(`fault.${trouble}`);
  }
}
