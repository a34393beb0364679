/** What decides which rows of a long list are in the page; lengths in pixels. */
export type Window = {
  count: number;
  scrollTop: number;
  viewport: number;
  rowHeight: number;
  /** The row that holds the tab stop: it is always in the page, or the focus would be lost. */
  reachable: number;
};

/** A row to draw. */
export type Place = {
  /** Where it is in the list. */
  index: number;
  /**
   * Which element draws it: one that scrolls out of view on one side draws the row that comes in
   * on the other. The reachable row has none of these, for it may hold the focus.
   */
  slot: number | null;
};

const SPARE = 8;

/** Gives the places of the rows to draw, in order. Before the first layout these are a few. */
export function rowsInView(window: Window): Place[] {
  const { count, scrollTop, viewport, rowHeight, reachable } = window;
  const height = rowHeight > 0 ? rowHeight : Infinity;
  const first = Math.max(0, Math.floor(scrollTop / height) - SPARE);
  // Always the same number, so that the row that leaves and the one that comes share a slot.
  const slots = Math.ceil(viewport / height) + 2 * SPARE + 2;
  const last = Math.min(count - 1, first + slots - 1);
  const places: Place[] = [];
  const tabStop = { index: reachable, slot: null };
  if (reachable < first && reachable < count) places.push(tabStop);
  for (let index = first; index <= last; index++) {
    places.push(index === reachable ? tabStop : { index, slot: index % slots });
  }
  if (reachable > last && reachable < count) places.push(tabStop);
  return places;
}
