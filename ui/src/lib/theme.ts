/** Shows the window light or dark; without a word from the desktop the browser's preference holds. */
export function showAppearance(root: HTMLElement, dark: boolean | null): void {
  if (dark === null) root.removeAttribute("data-theme");
  else root.dataset["theme"] = dark ? "dark" : "light";
}
