// The npm package oauth2-mock-server as a server for Keyfob's tests, whose answers are changed on order:
// one user, whom nobody has to sign in, and a new refresh token with every answer.
//
// What isn't ordered to be different is the package's own answer. Members, claims and statuses are changed
// by the events that the package has for that; what it has none for, headers and bytes, by `script.mjs`.
// Hazard: /control has no lock on it, so this listens on loopback and is for tests only.

import { createServer } from 'node:http';
import { OAuth2Issuer, OAuth2Service } from 'oauth2-mock-server';
import { control, readBody } from '../oidc/control.mjs';
import { change, changeIdToken, deliver } from './script.mjs';

/** What the test says: which port (0 for any), and how many seconds the clock is ahead. */
const orders = JSON.parse(process.env.KEYFOB_TEST_PEER);

// Keyfob compares the id tokens with its own clock, which goes on in most of the tests, so this one does.
const systemTime = Date.now;
let ahead = orders.ahead * 1000;
// The package asks this one function for the time.
Date.now = () => systemTime() + ahead;

const issuer = new OAuth2Issuer();
await issuer.keys.generate('RS256', { kid: 'one' });
const service = new OAuth2Service(issuer);

/** What is ordered, in order, for the next requests at a path. */
const ordered = {};
/** The order that a request is answered by. */
const scripts = new WeakMap();
/** Every request to the token endpoint, with what came of it; never a token. */
const requests = [];
/** Every other request of Keyfob's, as it was addressed. */
const others = [];
/** The tokens in the last answer of the token endpoint. The tests look for them in the keychain. */
let given = {};

const scriptOf = (request) => scripts.get(request) ?? {};
service.on('beforeTokenSigning', (token, request) => {
  // Only access tokens say how the user was authenticated.
  if (token.payload.amr === undefined) changeIdToken(token, scriptOf(request));
});
service.on('beforeResponse', (answer, request) => {
  answer.body = change(answer, scriptOf(request), issuer);
  given = { access_token: answer.body.access_token, refresh_token: answer.body.refresh_token };
});
service.on('beforeUserinfo', (answer, request) => {
  answer.body = change(answer, scriptOf(request), issuer);
});
service.on('beforeRevoke', (answer, request) => {
  answer.statusCode = scriptOf(request).status ?? answer.statusCode;
});

/** `POST /control/next` orders how the next request at a path is answered. */
async function order(request, response) {
  const { path, ...script } = JSON.parse(await readBody(request));
  (ordered[path] ??= []).push(script);
  return response.end();
}

/** Notes a request to the token endpoint, and gives what to do when it is answered. */
function noteTokenRequest(request, authentication) {
  const seen = { authentication, grant_type: null, verifier: false, status: 0 };
  requests.push(Object.assign(seen, { error: null, description: null }));
  return (status) => {
    seen.grant_type = request.body?.grant_type ?? null;
    seen.verifier = Boolean(request.body?.code_verifier);
    seen.status = status;
  };
}

function note(path, request) {
  const [authentication] = (request.headers.authorization ?? '').split(' ');
  if (path === '/token') return noteTokenRequest(request, authentication);
  others.push({ host: request.headers.host, path, authentication });
  return () => {};
}

const controls = control({
  pass: (seconds) => (ahead += seconds * 1000),
  view: () => ({ requests, others, given, left: Object.values(ordered).flat().length }),
});
const server = createServer((request, response) => {
  const [path] = request.url.split('?');
  if (path === '/control/next') return order(request, response);
  if (path.startsWith('/control/')) return controls(request, response);
  const script = ordered[path]?.shift() ?? {};
  scripts.set(request, script);
  deliver(response, script, note(path, request));
  return service.requestHandler(request, response);
});

// The issuer names the port, so the port comes first.
await new Promise((done) => server.listen(orders.port, '127.0.0.1', done));
issuer.url = `http://127.0.0.1:${server.address().port}`;
console.log(`listening on ${issuer.url}`);
