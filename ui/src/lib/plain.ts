/**
 * Makes text from elsewhere safe to show: account names, summaries and technical details come
 * from providers. Nothing here may interpret markup. Hazard: bidirectional controls can make one
 * word read as another, so they never reach the screen.
 */

const BIDI = "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069";
const INVISIBLE = "\\u200b\\u2060-\\u2064\\ufeff\\ufff9-\\ufffb";
const CONTROL = "\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f";
const UNWANTED = new RegExp(`[${BIDI}${INVISIBLE}${CONTROL}]`, "gu");
const ANY_UNWANTED = new RegExp(
  `[${BIDI}${INVISIBLE}${CONTROL}\\n\\r\\t]`,
  "u",
);

/** Gives one line of text without control or bidirectional characters. */
export function plainLine(text: string): string {
  return text.replace(UNWANTED, "").replace(/\s+/gu, " ").trim();
}

/** Gives the paragraphs of a text; a single line break stays inside its paragraph. */
export function plainParagraphs(text: string): string[] {
  return text
    .replace(/\r\n?|[\u2028\u2029]/gu, "\n")
    .replace(UNWANTED, "")
    .split(/\n\s*\n/u)
    .map((paragraph) => paragraph.trim())
    .filter((paragraph) => paragraph !== "");
}

/** Tells whether a text holds a character that no one can see. */
export function hasInvisible(text: string): boolean {
  return ANY_UNWANTED.test(text);
}
