/** Scopes as they are typed or pasted: a list in any of the usual shapes becomes single words. */

/** Gives the scopes of a text that separates them by spaces, commas or lines, each once. */
export function splitScopes(text: string): string[] {
  const words = text.split(/[\s,]+/u).filter((word) => word !== "");
  return [...new Set(words)];
}

/** Tells whether a text that is being typed has at least one finished scope in it. */
export function endsScope(text: string): boolean {
  return /[\s,]/u.test(text);
}

/** Gives a list of scopes with those of a text after it, as one line. */
export function withScopes(scopes: string, text: string): string {
  return splitScopes(`${scopes} ${text}`).join(" ");
}

/** Gives a list of scopes without one of them, as one line. */
export function withoutScope(scopes: string, gone: string): string {
  return splitScopes(scopes)
    .filter((scope) => scope !== gone)
    .join(" ");
}
