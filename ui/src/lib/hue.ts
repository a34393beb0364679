const FIRST = 145;
const SPAN = 235;

/**
 * Gives a hue in degrees, always the same for a slug; the sandbox wears its model's colour. Brown
 * and olive are left out: at the lightness that white letters need they look like dirt.
 */
export function hueOf(slug: string): number {
  let hash = 0x811c9dc5;
  for (const character of slug.replace(/-sandbox$/u, "")) {
    hash ^= character.codePointAt(0) ?? 0;
    hash = Math.imul(hash, 0x01000193);
  }
  return (FIRST + ((hash >>> 0) % SPAN)) % 360;
}
