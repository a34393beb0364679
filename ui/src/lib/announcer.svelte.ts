/**
 * Says changes of state to screen readers through one polite live region. Routine renewals are
 * left out, or a long list would never be quiet.
 */
import type { ConnectionView } from "./ipc/bindings";
import { t } from "./messages";
import { accountName, stateWords } from "./words";

/** What was said last. */
export class Announcer {
  text = $state("");

  say(text: string): void {
    this.text = text;
  }

  /** Says what changed between two views of a connection, if it matters. */
  compare(
    before: ConnectionView | undefined,
    after: ConnectionView | undefined,
    now: number,
  ): void {
    if (before === undefined && after !== undefined) {
      this.say(t("state.added", { account: accountName(after) }));
    } else if (before !== undefined && after === undefined) {
      this.say(t("state.removed", { account: accountName(before) }));
    } else if (before !== undefined && after !== undefined) {
      const [was, is] = [before.condition.kind, after.condition.kind];
      if (was === is || is === "renewing" || was === "renewing") {
        if (is !== "needsSignIn" || was === is) return;
      }
      this.say(
        t("state.announce", {
          account: accountName(after),
          words: stateWords(after, now).words,
        }),
      );
    }
  }
}
