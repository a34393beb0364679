import { describe, expect, test } from "vitest";

import type { ConnectionView } from "../../src/lib/ipc/bindings";
import { rowsInView } from "../../src/lib/rows";
import { Selection } from "../../src/lib/selection.svelte";
import { connection } from "../support/views";

const ada = connection({ name: "Ada" });
const grace = connection({ name: "Grace" });
const zuse = connection({ name: "Zuse" });

function memory(remembered: string | null = null) {
  const kept = new Map<string, string>();
  if (remembered !== null) kept.set("keyfob.selected", remembered);
  return {
    kept,
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, next: string) => {
      kept.set(key, next);
    },
    removeItem: (key: string) => {
      kept.delete(key);
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

  test("is filtered by every word, accents and case aside, and keeps the filter", () => {
    const kept = memory();
    const selection = new Selection(kept);
    const jose = connection({ name: "José", account: "work@example.org" });
    selection.follow(mapOf(ada, jose, grace));
    selection.filter = "  JOSE mio";
    expect(selection.shown).toEqual([jose.id]);
    selection.filter = "work@";
    expect(selection.shown).toEqual([jose.id]);
    selection.filter = "jose grace";
    expect(selection.shown).toEqual([]);
    expect(new Selection(kept).filter).toBe("");
    const again = new Selection(kept);
    again.follow(mapOf(ada, jose, grace));
    expect(again.filter).toBe("jose grace");
  });

  test("moves among the filtered rows only, also from one that is hidden", () => {
    const selection = new Selection(memory());
    selection.follow(mapOf(ada, grace, zuse));
    selection.filter = "e";
    selection.filter = "gr";
    expect(selection.index).toBe(-1);
    selection.move(1);
    expect(selection.selectedId).toBe(grace.id);
    selection.move(1);
    expect(selection.selectedId).toBe(grace.id);
  });

  test("loses a filter that hides the account to open, or that has nothing to filter", () => {
    const selection = new Selection(memory());
    selection.follow(mapOf(ada, grace));
    selection.filter = "grace";
    selection.open(ada.id);
    expect(selection.filter).toBe("");
    selection.filter = "grace";
    selection.follow(mapOf(ada));
    expect(selection.shown).toEqual([ada.id]);
  });

  test("keeps the filter and the place in the list, and nothing else", () => {
    const kept = memory();
    const selection = new Selection(kept);
    selection.follow(mapOf(ada, grace));
    selection.filter = "ada";
    selection.scrolled = 120.4;
    expect(new Selection(kept).scrolled).toBe(120);
    expect([...kept.kept.keys()].sort()).toEqual([
      "keyfob.filter",
      "keyfob.scroll",
      "keyfob.selected",
    ]);
    selection.filter = "";
    selection.scrolled = 0;
    expect([...kept.kept.keys()]).toEqual(["keyfob.selected"]);
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
    ["at the top", {}, 0, 27],
    ["in the middle", { scrollTop: 30_000, reachable: 500 }, 492, 519],
    ["at the end", { scrollTop: 59_400, reachable: 999 }, 982, 999],
    ["in a short list", { count: 2 }, 0, 1],
    ["before the first layout", { viewport: 0, rowHeight: 0 }, 0, 17],
  ])("%s", (_label, more, first, last) => {
    const shown = rows(more);
    expect(shown[0]?.index).toBe(first);
    expect(shown.at(-1)?.index).toBe(last);
    expect(shown.length).toBe(last - first + 1);
  });

  test("always hold the row with the tab stop, in order", () => {
    const tabStop = (index: number) => ({ index, slot: null });
    expect(rows({ scrollTop: 30_000, reachable: 3 })[0]).toEqual(tabStop(3));
    expect(rows({ reachable: 900 }).at(-1)).toEqual(tabStop(900));
    expect(rows({ count: 0, reachable: 0 })).toEqual([]);
  });

  test("share few elements, and never two rows one element", () => {
    const seen = new Set<number>();
    for (let scrollTop = 0; scrollTop <= 59_400; scrollTop += 37) {
      const slots = rows({ scrollTop, reachable: 500 })
        .map((place) => place.slot)
        .filter((slot) => slot !== null);
      expect(new Set(slots).size).toBe(slots.length);
      for (const slot of slots) seen.add(slot);
    }
    expect(seen.size).toBeLessThanOrEqual(28);
  });
});
