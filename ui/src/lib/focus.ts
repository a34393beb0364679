/** Where the keyboard goes when a screen comes to the front: to the row of its list. */
import { tick } from "svelte";

const ROW = '[role="option"][tabindex="0"]';

/** Puts the focus on the row that holds the tab stop, once it is in the page. */
export async function focusList(): Promise<void> {
  await tick();
  document.querySelector<HTMLElement>(ROW)?.focus();
}

/** Tells whether a dialog lies over the window. */
export function isDialogOpen(): boolean {
  return (
    document.querySelector('[role="dialog"], [role="alertdialog"]') !== null
  );
}
