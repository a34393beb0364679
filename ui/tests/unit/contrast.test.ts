/** Measures every pair of text and background in use, light and dark (WCAG 2.2, 1.4.3 and 1.4.11). */
import { readFile } from "node:fs/promises";

import { describe, expect, test } from "vitest";

const css = await readFile(
  new URL("../../src/styles/tokens.css", import.meta.url),
  "utf8",
);

type Rgb = readonly [number, number, number];
type Theme = "light" | "dark";

const SURFACES = ["window", "pane", "card", "sheet"];
const ROWS = ["pane", "row-hover", "row-selected"];
const TONES = ["good", "busy", "warn", "bad"];

/** Text on background, at 4.5 : 1. */
const TEXT: (readonly [string, string])[] = [
  ...cross(["text", "text-soft"], SURFACES),
  ...cross(["text", "text-soft", "good", "busy", "warn", "bad"], ROWS),
  ...cross(
    ["text", "text-soft"],
    ["control", "control-hover", "control-active", "field", "code", "tag"],
  ),
  ...cross(
    ["text", "text-soft"],
    TONES.map((tone) => `${tone}-soft`),
  ),
  ...cross(TONES, ["card", "sheet"]),
  ...TONES.map((tone) => [tone, `${tone}-soft`] as const),
  ...cross(["bad"], ["control", "control-hover", "control-active"]),
  ...cross(["accent-text"], ["sheet", "card"]),
  ...cross(["on-accent"], ["accent", "accent-hover", "accent-active"]),
  ...cross(["on-danger"], ["danger", "danger-hover"]),
];

/** Lines that carry meaning, at 3 : 1. */
const SHAPES: (readonly [string, string])[] = [
  ...cross(["line-field"], ["card", "sheet"]),
  ...cross(["focus"], [...SURFACES, "row-selected"]),
  ...cross(["good", "warn"], ["ring-track", "pane", "card"]),
];

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  test.each(TEXT)("%s on %s can be read", (front, back) => {
    expect(contrast(token(front, theme), token(back, theme))).toBeGreaterThan(
      4.5,
    );
  });

  test.each(SHAPES)("%s on %s can be seen", (front, back) => {
    expect(contrast(token(front, theme), token(back, theme))).toBeGreaterThan(
      3,
    );
  });

  test.each(SURFACES)(
    "the text of a plain button over %s can be read",
    (back) => {
      const text = token("text", theme);
      const pressed = over(text, 0.11, token(back, theme));
      expect(contrast(text, pressed)).toBeGreaterThan(4.5);
    },
  );
});

test("a monogram can be read at every hue", () => {
  const lightness = number("mark-lightness");
  const chroma = number("mark-chroma");
  const white = oklch(1, 0, 0);
  const low = Array.from({ length: 360 }, (_, hue) => hue).filter(
    (hue) => contrast(white, oklch(lightness, chroma, hue)) < 4.5,
  );
  expect(low).toEqual([]);
});

test("black on white measures 21 and a colour on itself 1", () => {
  expect(contrast(oklch(0, 0, 0), oklch(1, 0, 0))).toBeCloseTo(21, 1);
  expect(contrast(oklch(0.6, 0.1, 200), oklch(0.6, 0.1, 200))).toBe(1);
});

function cross(
  fronts: readonly string[],
  backs: readonly string[],
): [string, string][] {
  return fronts.flatMap((front) =>
    backs.map((back): [string, string] => [front, back]),
  );
}

function declared(name: string): string {
  const found = new RegExp(`--${name}:\\s*([^;]+);`, "u").exec(css)?.[1];
  if (found === undefined) throw new Error(`no token --${name}`);
  return found.replace(/\s+/gu, " ");
}

function number(name: string): number {
  return Number(declared(name));
}

function token(name: string, theme: Theme): Rgb {
  const colours = [...declared(name).matchAll(/oklch\(([^)]+)\)/gu)];
  const chosen = colours.length === 2 && theme === "dark" ? 1 : 0;
  const [l, c, h] = (colours[chosen]?.[1] ?? "").split(" ").map(Number);
  if (l === undefined || c === undefined || h === undefined) {
    throw new Error(`--${name} is no colour`);
  }
  return oklch(l, c, h);
}

/** Converts to linear sRGB, clipped to what a screen shows (Björn Ottosson's matrices). */
function oklch(lightness: number, chroma: number, hue: number): Rgb {
  const angle = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function clip(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function over(front: Rgb, alpha: number, back: Rgb): Rgb {
  const mix = (place: 0 | 1 | 2) =>
    decoded(alpha * encoded(front[place]) + (1 - alpha) * encoded(back[place]));
  return [mix(0), mix(1), mix(2)];
}

function encoded(linear: number): number {
  return linear <= 0.0031308
    ? 12.92 * linear
    : 1.055 * linear ** (1 / 2.4) - 0.055;
}

function decoded(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function luminance([red, green, blue]: Rgb): number {
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort(
    (a, b) => a - b,
  ) as [number, number];
  return (high + 0.05) / (low + 0.05);
}
