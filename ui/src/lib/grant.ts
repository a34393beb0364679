/**
 * When the end of a grant is worth a warning. Pure: a view and the present time go in.
 */
import type { ConnectionView, GrantEnd } from "./ipc/bindings";
import type { Millis } from "./time";

/**
 * Gives the end of the grant from the time of its warning on, until it has come. After that only
 * the provider knows, and it says so at the next renewal.
 */
export function endingGrant(
  view: Pick<ConnectionView, "grantEnd" | "condition">,
  now: Millis,
): GrantEnd | null {
  const { grantEnd, condition } = view;
  if (grantEnd === null || now < grantEnd.warnsFrom || now >= grantEnd.at) {
    return null;
  }
  const over =
    condition.kind === "needsSignIn" || condition.kind === "revoking";
  return over ? null : grantEnd;
}
