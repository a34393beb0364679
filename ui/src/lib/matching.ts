/** Finds accounts by what is typed into the filter: every word somewhere, accents and case aside. */
import type { ConnectionView } from "./ipc/bindings";
import { accountName } from "./words";

/** Gives the text of a connection that a filter looks through. */
export function searchable(view: ConnectionView): string {
  return folded(
    [accountName(view), view.account ?? "", view.providerName].join("\n"),
  );
}

/** Gives the words of a filter; none means that everything matches. */
export function filterWords(filter: string): string[] {
  return folded(filter)
    .split(/\s+/u)
    .filter((word) => word !== "");
}

/** Gives a text without accents and case. */
export function folded(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
