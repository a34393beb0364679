import { beforeEach, describe, expect, test } from "vitest";

import { Mirror } from "../../src/lib/mirror.svelte";
import { ProviderList } from "../../src/lib/provider-list.svelte";
import { ProviderSheets } from "../../src/lib/provider-sheets.svelte";
import { acme, acmeForm } from "../support/providers";
import { connection, snapshot } from "../support/views";

let mirror: Mirror;
let list: ProviderList;

beforeEach(() => {
  mirror = new Mirror();
  list = new ProviderList(mirror);
  mirror.apply(
    snapshot({ connections: [connection({ providerSlug: "acme" })] }),
  );
  mirror.apply({ type: "provider", provider: acme() });
});

const slugs = () => list.shown.map((one) => one.slug);

describe("the list of providers", () => {
  test("is sorted by name, with the sandbox last", () => {
    expect(slugs()).toEqual([
      "acme",
      "mavio",
      "mio",
      "mavio-sandbox",
      "mio-sandbox",
    ]);
  });

  test("is filtered by name and host", () => {
    list.filter = "ACME.example";
    expect(slugs()).toEqual(["acme"]);
    list.filter = "mio sandbox";
    expect(slugs()).toEqual(["mio-sandbox"]);
  });

  test("counts the accounts of each", () => {
    expect(list.count("acme")).toBe(1);
    expect(list.count("mio")).toBe(0);
    expect(list.connectionsOf("acme").length).toBe(1);
  });

  test("moves its selection by rows and stops at both ends", () => {
    expect(list.selected?.slug).toBe("acme");
    list.move(-1);
    expect(list.selected?.slug).toBe("acme");
    list.move(2);
    expect(list.selected?.slug).toBe("mio");
    list.move(99);
    expect(list.selected?.slug).toBe("mio-sandbox");
  });

  test("goes to the neighbour of a provider that goes", () => {
    list.open("mavio");
    list.leave("acme");
    expect(list.selected?.slug).toBe("mavio");
    list.leave("mavio");
    mirror.apply({ type: "providerRemoved", slug: "mavio" });
    expect(list.selected?.slug).toBe("mio");
    expect(list.opened).toBe(false);
  });

  test("clears a filter that hides what is opened", () => {
    list.filter = "acme";
    list.open("mio");
    expect(list.filter).toBe("");
    expect(list.opened).toBe(true);
  });
});

describe("the sheets", () => {
  test("drop an answer that comes after the user went elsewhere", async () => {
    let load: () => void = () => undefined;
    const loaded = new Promise<ReturnType<typeof acmeForm>>((resolve) => {
      load = () => {
        resolve(acmeForm());
      };
    });
    const sheets = new ProviderSheets(
      {
        providerForm: () => loaded,
        exportProvider: () => Promise.resolve(""),
      },
      mirror,
    );
    sheets.show({ kind: "add" });
    const begun = sheets.begin({ kind: "new" });
    sheets.close();
    load();
    await begun;
    expect(sheets.open).toBe(false);
  });

  test("go with the provider that they are about", () => {
    const sheets = new ProviderSheets(
      {
        providerForm: () => Promise.resolve(acmeForm()),
        exportProvider: () => Promise.resolve(""),
      },
      mirror,
    );
    sheets.show({ kind: "delete", slug: "acme" });
    sheets.forget("mio");
    expect(sheets.open).toBe(true);
    sheets.forget("acme");
    expect(sheets.open).toBe(false);
  });
});
