/** What decides which rows of a long list are in the page; lengths in pixels. */
export type Window = {
  count: number;
  scrollTop: number;
  viewport: number;
  rowHeight: number;
  /** The row that holds the tab stop: it is always in the page, or the focus would be lost. */
  reachable: number;
};

const SPARE = 8;

/** Gives the places of the rows to draw, in order. Before the first layout these are a few. */
export function rowsInView(window: Window): number[] {
  const { count, scrollTop, viewport, rowHeight, reachable } = window;
  const height = rowHeight > 0 ? rowHeight : Infinity;
  const first = Math.max(0, Math.floor(scrollTop / height) - SPARE);
  const last = Math.min(
    count - 1,
    Math.ceil((scrollTop + viewport) / height) + SPARE,
  );
  const rows: number[] = [];
  if (reachable < first && reachable < count) rows.push(reachable);
  for (let index = first; index <= last; index++) rows.push(index);
  if (reachable > last && reachable < count) rows.push(reachable);
  return rows;
}
