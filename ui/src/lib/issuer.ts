/** Why an issuer can’t be added, in words. Pure. */
import { errorWords, type ErrorWords } from "./errors";
import type { DiscoveryAnswer } from "./ipc/bindings";
import { t } from "./messages";

/** What came of looking for an issuer that can’t be added. */
export type Trouble = Extract<DiscoveryAnswer, { kind: "trouble" }>;

/** Gives a trouble in words for a panel; `null` where the fault lies in what was typed. */
export function troubleWords({
  trouble,
  place,
  error,
}: Trouble): ErrorWords | null {
  if (trouble === "notAnIssuer") return null;
  return {
    ...errorWords(error.code, null),
    title: t(`issuer.title.${trouble}`),
    meaning: t(`issuer.meaning.${trouble}`, { place }),
    next: t(`issuer.next.${trouble}`),
  };
}
