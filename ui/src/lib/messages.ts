/**
 * Turns keys of the catalogue into sentences. Every string argument is stripped of control and
 * bidirectional characters on its way in, so a hostile name cannot reorder the sentence around it.
 */
import { IntlMessageFormat } from "intl-messageformat";

import en from "virtual:messages/en";
import type { MessageArguments, None } from "./messages.gen";
import { plainLine } from "./plain";

/** A key of the catalogue. */
export type MessageKey = keyof MessageArguments;

/** The keys that need no argument. */
export type PlainKey = {
  [K in MessageKey]: MessageArguments[K] extends None ? K : never;
}[MessageKey];

/** The language of the catalogue, for `Intl`. */
export const locale = "en";

const prepared = new Map<MessageKey, IntlMessageFormat>();

/** Gives the sentence of a key. */
export function t<K extends MessageKey>(
  key: K,
  ...given: MessageArguments[K] extends None
    ? []
    : [values: MessageArguments[K]]
): string {
  return format(key, given[0] ?? {});
}

/** Gives the sentence of a key chosen at run time; surplus arguments do no harm. */
export function format(
  key: MessageKey,
  values: Readonly<Record<string, string | number>>,
): string {
  const source = en[key];
  if (typeof source === "string") return source;
  let message = prepared.get(key);
  if (message === undefined) {
    message = new IntlMessageFormat(source, locale);
    prepared.set(key, message);
  }
  const clean = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === "string" ? plainLine(value) : value,
    ]),
  );
  return String(message.format(clean));
}
