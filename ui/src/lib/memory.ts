/**
 * What the window looks like again after a restart: which account was selected, what the list was
 * filtered by, how far it was scrolled. While it runs, also which screen is in front. Nothing else
 * may be kept there.
 */

/** The part of local and of session storage that is used. */
export type Memory = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const KEYS = {
  selected: "keyfob.selected",
  filter: "keyfob.filter",
  scroll: "keyfob.scroll",
  screen: "keyfob.screen",
} as const;

/** What can be remembered. */
export type Remembered = keyof typeof KEYS;

/** Gives what was kept, or an empty text. */
export function recall(memory: Memory, what: Remembered): string {
  return memory.getItem(KEYS[what]) ?? "";
}

/** Keeps a text; an empty one is forgotten. */
export function keep(memory: Memory, what: Remembered, text: string): void {
  if (text === "") memory.removeItem(KEYS[what]);
  else memory.setItem(KEYS[what], text);
}
