import { describe, expect, test } from "vitest";

import type { FieldFaultView } from "../../src/lib/ipc/bindings";
import {
  clientFaults,
  faultWords,
  isBehindMore,
  kindsOf,
  missingFields,
  wayOf,
  WAYS,
} from "../../src/lib/provider-form";
import { copyName } from "../../src/lib/provider-names";
import {
  endsScope,
  splitScopes,
  withoutScope,
  withScopes,
} from "../../src/lib/scopes";
import { issuerFault } from "../../src/lib/validation";
import { acmeForm, emptyForm } from "../support/providers";

describe("scopes", () => {
  test.each([
    ["lines", "openid\nemail\r\nprofile", ["openid", "email", "profile"]],
    ["spaces", " openid  email ", ["openid", "email"]],
    ["commas", "openid,email, profile,", ["openid", "email", "profile"]],
    ["a mixture, each once", "a b,a\n\tb;c", ["a", "b", "b;c"]],
    ["addresses", "https://a.example/x.read", ["https://a.example/x.read"]],
    ["nothing", " \n , ", []],
  ])("are split at %s", (_, text, expected) => {
    expect(splitScopes(text)).toEqual(expected);
  });

  test("are added at the end and taken away one by one", () => {
    expect(withScopes("openid", "email,openid profile")).toBe(
      "openid email profile",
    );
    expect(withoutScope("openid email profile", "email")).toBe(
      "openid profile",
    );
  });

  test.each([
    ["ope", false],
    ["", false],
    ["openid ", true],
    ["openid,", true],
    ["openid\nemail", true],
  ])("are finished by what separates them: %j", (text, expected) => {
    expect(endsScope(text)).toBe(expected);
  });
});

describe("the form", () => {
  test("names what every provider needs, and nothing else", () => {
    expect(missingFields(acmeForm())).toEqual({});
    expect(missingFields(emptyForm({ name: "  " }))).toEqual({
      name: "Enter the name.",
      authorizationEndpoint: "Enter the authorization URL.",
      tokenEndpoint: "Enter the token URL.",
    });
  });

  test.each([
    ["nothing yet", { id: "", secret: "" }, []],
    ["both", { id: "a", secret: "b" }, []],
    ["an id alone", { id: "a", secret: "" }, ["clientSecret"]],
    ["a secret alone", { id: "", secret: "b" }, ["clientId"]],
    ["an id with spaces inside", { id: "a b", secret: "c" }, ["clientId"]],
    ["spaces around", { id: " a ", secret: " b " }, []],
    ["one stored, kept", { id: "a", secret: "", stored: "a" }, []],
    ["one stored, another id", { id: "b", secret: "", stored: "a" }, []],
    ["one stored, emptied", { id: "", secret: "", stored: "a" }, ["clientId"]],
    ["a public client", { id: "a", secret: "", needsSecret: false }, []],
  ])("takes a client with %s or says why not", (_, given, fields) => {
    const faults = clientFaults({ stored: null, needsSecret: true, ...given });
    expect(Object.keys(faults)).toEqual(fields);
  });

  test("says what the native side complains of, the first complaint of a field", () => {
    const faults: FieldFaultView[] = [
      { field: "scopes", trouble: "badScope", word: 'x"\u202ey' },
      { field: "scopes", trouble: "tooManyScopes", word: null },
      { field: "userinfoEndpoint", trouble: "missing", word: null },
      { field: "extraParameters", trouble: "protected", word: "state" },
      { field: "apiHosts", trouble: "badHost", word: "a/b" },
    ];
    expect(faultWords(faults)).toEqual({
      scopes: '“x"y” is not a scope.',
      userinfoEndpoint: "Enter the userinfo URL.",
      extraParameters: "Keyfob sets state itself. Leave it out.",
      apiHosts: "“a/b” is not a host. Leave out scheme, port and path.",
    });
  });

  test("knows which faults are behind More", () => {
    expect(isBehindMore({ name: "x", scopes: "y" })).toBe(false);
    expect(isBehindMore({ name: "x", extraCa: "y" })).toBe(true);
  });

  test.each(WAYS)("reads the way %s back as it was chosen", (way) => {
    expect(wayOf(kindsOf(way))).toBe(way);
    expect(kindsOf(way).length).toBe(way.split("-").length);
  });

  test("knows no way back where none was chosen", () => {
    expect(kindsOf("")).toEqual([]);
    expect(kindsOf("carrier-pigeon")).toEqual([]);
  });
});

describe("a copy", () => {
  test.each([
    ["Acme", [], "Acme copy"],
    ["Acme", ["Acme"], "Acme copy"],
    ["Acme", ["Acme", "acme COPY"], "Acme copy 2"],
    ["Acme", ["Acme copy", "Acme copy 2"], "Acme copy 3"],
  ])("of %s beside %j has a name of its own", (name, taken, expected) => {
    expect(copyName(name, taken)).toBe(expected);
  });

  test("of the longest name is no longer than that", () => {
    const name = "ü".repeat(60);
    const first = copyName(name, []);
    const second = copyName(name, [first]);
    expect(Array.from(first).length).toBe(60);
    expect(Array.from(second).length).toBe(60);
    expect(second).not.toBe(first);
  });
});

test.each([
  ["", "Enter the issuer URL."],
  ["acme.example", "Enter a whole address that begins with https://"],
  ["javascript:alert(1)", "Enter a whole address that begins with https://"],
  [" https://acme.example/ ", null],
  ["http://127.0.0.1:9000", null],
])("the issuer %j is judged before anybody is asked", (text, expected) => {
  expect(issuerFault(text)).toBe(expected);
});
