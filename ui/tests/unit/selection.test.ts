import { describe, expect, test } from "vitest";

import type { ConnectionView } from "../../src/lib/ipc/bindings";
import { rowsInView } from "../../src/lib/rows";
import { Selection } from "../../src/lib/selection.svelte";
import { connection } from "../support/views";

const ada = connection({ name: "Ada" });
const grace = connection({ name: "Grace" });
const zuse = connection({ name: "Zuse" });

function memory(remembered: string | null = null) {
  let value = remembered;
  return {
    getItem: () => value,
    setItem: (_key: string, next: string) => {
      value = next;
    },
    removeItem: () => {
      value = null;
    },
  };
}

function mapOf(...views: ConnectionView[]) {
  return new Map(views.map((view) => [view.id, view]));
}

describe("the selection", () => {
  test("begins with the first row", () => {
    const selection = new Selection(memory());
    selection.follow(mapOf(zuse, ada, grace));
    expect(selection.order).toEqual([ada.id, grace.id, zuse.id]);
    expect(selection.selectedId).toBe(ada.id);
  });

  test("is remembered from the last time", () => {
    const selection = new Selection(memory(grace.id));
    selection.follow(mapOf(ada, grace));
    expect(selection.selectedId).toBe(grace.id);
  });

  test("forgets a remembered connection that is gone", () => {
    const selection = new Selection(memory("gone"));
    selection.follow(mapOf(ada));
    expect(selection.selectedId).toBe(ada.id);
  });

  test("goes to the neighbour of a removed row", () => {
    const selection = new Selection(memory());
    selection.follow(mapOf(ada, grace, zuse));
    selection.open(grace.id);
    selection.follow(mapOf(ada, zuse));
    expect(selection.selectedId).toBe(zuse.id);
    expect(selection.opened).toBe(false);
    selection.follow(mapOf(ada));
    expect(selection.selectedId).toBe(ada.id);
    selection.follow(mapOf());
    expect(selection.selectedId).toBeNull();
  });

  test.each([
    ["down", 1, "Grace"],
    ["past the end", 9, "Zuse"],
    ["past the beginning", -9, "Ada"],
  ])("moves %s", (_label, by, name) => {
    const selection = new Selection(memory());
    selection.follow(mapOf(ada, grace, zuse));
    selection.move(by);
    const chosen = [ada, grace, zuse].find(
      (view) => view.id === selection.selectedId,
    );
    expect(chosen?.name).toBe(name);
  });

  test("stays on its connection when that is renamed and moves", () => {
    const selection = new Selection(memory());
    selection.follow(mapOf(ada, grace));
    selection.follow(mapOf({ ...ada, name: "Xaver" }, grace));
    expect(selection.order).toEqual([grace.id, ada.id]);
    expect(selection.selectedId).toBe(ada.id);
  });

  test("sorts numbers as numbers", () => {
    const two = connection({ name: "Account 2" });
    const ten = connection({ name: "Account 10" });
    const selection = new Selection(memory());
    selection.follow(mapOf(ten, two));
    expect(selection.order).toEqual([two.id, ten.id]);
  });
});

describe("the rows in view", () => {
  const rows = (more: Partial<Parameters<typeof rowsInView>[0]>) =>
    rowsInView({
      count: 1000,
      scrollTop: 0,
      viewport: 600,
      rowHeight: 60,
      reachable: 0,
      ...more,
    });

  test.each([
    ["at the top", {}, 0, 18],
    ["in the middle", { scrollTop: 30_000, reachable: 500 }, 492, 518],
    ["at the end", { scrollTop: 59_400, reachable: 999 }, 982, 999],
    ["in a short list", { count: 2 }, 0, 1],
    ["before the first layout", { viewport: 0, rowHeight: 0 }, 0, 8],
  ])("%s", (_label, more, first, last) => {
    const shown = rows(more);
    expect(shown[0]).toBe(first);
    expect(shown.at(-1)).toBe(last);
    expect(shown.length).toBe(last - first + 1);
  });

  test("always hold the row with the tab stop, in order", () => {
    expect(rows({ scrollTop: 30_000, reachable: 3 })[0]).toBe(3);
    expect(rows({ reachable: 900 }).at(-1)).toBe(900);
    expect(rows({ count: 0, reachable: 0 })).toEqual([]);
  });
});
