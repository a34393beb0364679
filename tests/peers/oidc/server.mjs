// The npm package oidc-provider as a server for Keyfob's tests: one client, one user, refresh tokens
// that may be used once.
//
// What the package answers must not be touched. Ours is only what is around it: a page to consent
// on, a clock that stands still until it is set ahead, a file that outlives a restart, and a look into
// it under /control. Hazard: /control has no lock on it, so this listens on loopback and is for tests only.

import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';
import { Kept } from './kept.mjs';
import { control, readBody } from './control.mjs';

/** What the test says: where to keep things, which port (0 for any), the client, the access tokens'
 *  lifetime in seconds, and how many the clock is ahead. */
const orders = JSON.parse(process.env.KEYFOB_TEST_PEER);

let now = Date.now() + orders.ahead * 1000;
// The package asks this one function for the time, wherever it needs it.
Date.now = () => now;

const kept = Kept.open(orders.dir);

// The issuer names the port, so the port comes first.
const server = createServer();
await new Promise((done) => server.listen(orders.port, '127.0.0.1', done));
const origin = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(origin, {
  adapter: (model) => kept.adapter(model),
  jwks: kept.jwks,
  cookies: { keys: [kept.cookieKey] },
  clients: [
    {
      client_id: orders.client_id,
      client_secret: orders.client_secret,
      application_type: 'native',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: [orders.redirect_uri],
    },
  ],
  claims: { openid: ['sub'], email: ['email'] },
  conformIdTokenClaims: false,
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true },
    revocation: { enabled: true },
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@oidc.example` }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  ttl: {
    AccessToken: orders.lifetime,
    AuthorizationCode: 60,
    Grant: 14 * 86400,
    IdToken: 3600,
    Interaction: 3600,
    RefreshToken: 14 * 86400,
    Session: 14 * 86400,
  },
});

/** Every request to the token endpoint, with what came of it; never a token. */
const requests = [];
provider.use(async (ctx, next) => {
  if (ctx.path !== '/token') return next();
  const authentication = ctx.get('authorization').split(' ')[0];
  const seen = { authentication, grant_type: null, verifier: false, status: 0 };
  requests.push(Object.assign(seen, { error: null, description: null }));
  await next();
  const sent = ctx.oidc?.params ?? {};
  seen.grant_type = sent.grant_type ?? null;
  seen.verifier = Boolean(sent.code_verifier);
  seen.status = ctx.status;
  seen.error = ctx.body?.error ?? null;
  seen.description = ctx.body?.error_description ?? null;
});

const PAGE = `<!DOCTYPE html><title>Consent</title>
<form method="post"><button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button></form>`;

/** Signs the one user in and asks for consent, on one page. */
async function interact(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  if (request.method === 'GET') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    return response.end(PAGE);
  }
  const decision = new URLSearchParams(await readBody(request)).get('decision');
  if (decision !== 'allow') {
    const error = { error: 'access_denied', error_description: 'the user said no' };
    return provider.interactionFinished(request, response, error);
  }
  const grant = new provider.Grant({ accountId: 'ada', clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { login: { accountId: 'ada' }, consent: { grantId: await grant.save() } };
  return provider.interactionFinished(request, response, result);
}

const answer = provider.callback();
const controls = control({
  pass: (seconds) => (now += seconds * 1000),
  view: () => ({ requests, ...kept.live(Math.floor(Date.now() / 1000)) }),
});
server.on('request', (request, response) => {
  const path = request.url.split('?')[0];
  const route = path.startsWith('/control/') ? controls : path.startsWith('/interaction/') ? interact : answer;
  Promise.resolve(route(request, response)).catch((error) => {
    console.error(error);
    response.statusCode = 500;
    response.end();
  });
});
console.log(`listening on ${origin}`);
