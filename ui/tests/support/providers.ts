/** Canned providers of the user's own, their forms and presets, for tests. */
import type {
  CheckView,
  FieldFaultView,
  PresetView,
  ProviderForm,
  ProviderView,
} from "../../src/lib/ipc/bindings";
import type { Reply } from "./native";
import { provider } from "./views";

/** Gives a provider of the user's own that is ready. */
export function acme(more: Partial<ProviderView> = {}): ProviderView {
  return provider({
    slug: "acme",
    name: "Acme",
    own: true,
    host: "login.acme.example",
    ready: true,
    clientId: "acme_client_71",
    redirectUris: ["http://127.0.0.1:47117/callback/acme"],
    hasRegistrationPage: false,
    reads: ["profile"],
    scopes: ["openid", "email"],
    ...more,
  });
}

/** Gives an empty form, as the native side begins one. */
export function emptyForm(more: Partial<ProviderForm> = {}): ProviderForm {
  return {
    basis: { kind: "new" },
    name: "",
    issuer: "",
    authorizationEndpoint: "",
    tokenEndpoint: "",
    revocationEndpoint: "",
    userinfoEndpoint: "",
    jwksUri: "",
    scopes: "",
    extraParameters: [],
    clientAuthentication: "post",
    tokenBody: "form",
    redirectKinds: ["loopback"],
    pkce: "unknown",
    echoesState: "yes",
    sendsIssuer: false,
    idToken: "ignore",
    idTokenAlgorithm: "",
    context: { kind: "none" },
    apiHosts: "",
    extraCa: "",
    ...more,
  };
}

/** Gives a form with everything that every provider needs. */
export function acmeForm(more: Partial<ProviderForm> = {}): ProviderForm {
  return emptyForm({
    basis: { kind: "provider", slug: "acme" },
    name: "Acme",
    authorizationEndpoint: "https://login.acme.example/authorize",
    tokenEndpoint: "https://login.acme.example/token",
    scopes: "openid email",
    ...more,
  });
}

const NAMES = [
  ["Mio", "app.mio.xyz"],
  ["Mavio", "api.mavioapp.com"],
  ["Google", "accounts.google.com"],
  ["Microsoft", "login.microsoftonline.com"],
  ["GitHub", "github.com"],
  ["GitLab", "gitlab.com"],
  ["Slack", "slack.com"],
  ["Linear", "linear.app"],
  ["Dropbox", "www.dropbox.com"],
  ["Spotify", "accounts.spotify.com"],
  ["Atlassian", "auth.atlassian.com"],
  ["Zoom", "zoom.us"],
  ["Discord", "discord.com"],
] as const;

/** The providers that can be added by name. */
export const PRESETS: readonly PresetView[] = NAMES.map(([name, host]) => ({
  slug: name.toLowerCase(),
  name,
  host,
  needsClientSecret: true,
}));

/** What a look at a form answers. */
export const checked = (faults: FieldFaultView[]): Reply => ({
  ok: {
    faults,
    redirectUris: ["http://127.0.0.1/callback/acme"],
  } satisfies CheckView,
});
