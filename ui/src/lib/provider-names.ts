/** How copies of providers are called. Pure. */
import { t } from "./messages";

/** As many characters as the native side takes. */
const LONGEST_NAME = 60;

/** Gives a name for a copy that no other provider has. */
export function copyName(name: string, taken: Iterable<string>): string {
  const others = new Set([...taken].map((one) => one.toLowerCase()));
  const cut = (room: number) => Array.from(name).slice(0, room).join("").trim();
  let number = 1;
  for (;;) {
    const end = (start: string) =>
      number === 1
        ? t("provider.copyOf", { name: start })
        : t("provider.copyOfNumbered", { name: start, number });
    const room = LONGEST_NAME - (Array.from(end("x")).length - 1);
    const candidate = end(cut(room));
    if (!others.has(candidate.toLowerCase())) return candidate;
    number += 1;
  }
}
