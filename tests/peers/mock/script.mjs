// How an answer is changed: a script is one JSON object, and what it doesn't name stays as it is.
//
//   status, set, remove, body          the status; members put in, taken out; another body altogether
//   claims, jose, sign                 the id token: its claims, its header, and who signs it with what
//   headers                            headers put in; null takes one out
//   replace, text, before, pad, encoding
//                                      the body's text: a piece of it, all of it, what comes before it, blanks
//                                      before it up to so many bytes, and the encoding it is written in
//   wire                               how the bytes go out, one of the words below
//
// Hazard: these are the attacks of a token endpoint. Nothing in here may be used but in tests.

import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';

/** Gives the answer's body with its members changed, and changes its status. */
export function change(answer, script, issuer) {
  answer.statusCode = script.status ?? answer.statusCode;
  if (script.body !== undefined) return script.body;
  const body = { ...answer.body, ...script.set };
  for (const name of script.remove ?? []) delete body[name];
  if (script.sign !== undefined) body.id_token = signed(body.id_token, script.sign, issuer);
  return body;
}

/** Changes an id token before it is signed. */
export function changeIdToken(token, { claims, jose }) {
  for (const [name, value] of Object.entries(jose ?? {})) put(token.header, name, value);
  for (const [name, value] of Object.entries(claims ?? {})) {
    // A time may be given from now on.
    const relative = typeof value === 'string' && /^now[+-]\d+$/.test(value);
    put(token.payload, name, relative ? Math.floor(Date.now() / 1000) + Number(value.slice(3)) : value);
  }
}

function put(object, name, value) {
  if (value === null) delete object[name];
  else object[name] = value;
}

const base64 = (value) => Buffer.from(value).toString('base64url');
const rs = (bits, key) => (input) => sign(`sha${bits}`, Buffer.from(input), key).toString('base64url');

/** Signs an id token anew, as somebody does who hasn't the key, or hasn't used it as agreed. */
function signed(idToken, how, issuer) {
  const [head, payload, signature] = idToken.split('.');
  const with_ = (change, signer) => {
    const header = { ...JSON.parse(Buffer.from(head, 'base64url')), ...change };
    const input = `${base64(JSON.stringify(header))}.${payload}`;
    return `${input}.${signer(input)}`;
  };
  const [publicKey] = issuer.keys.toJSON();
  const privateKey = () => createPrivateKey({ key: issuer.keys.toJSON(true)[0], format: 'jwk' });
  switch (how) {
    case 'nobody':
      return with_({ alg: 'none' }, () => '');
    case 'the public key as a secret': {
      const pem = createPublicKey({ key: publicKey, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      const signer = (input) => createHmac('sha256', pem).update(input).digest('base64url');
      return with_({ alg: 'HS256' }, signer);
    }
    case 'another key':
    case 'a key that it brings along': {
      const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const jwk = { ...own.publicKey.export({ format: 'jwk' }), kid: publicKey.kid, alg: 'RS256' };
      return with_(how === 'another key' ? {} : { jwk }, rs(256, own.privateKey));
    }
    case 'the key, with RS512':
      return with_({ alg: 'RS512' }, rs(512, privateKey()));
    case 'the key, with something critical':
      return with_({ crit: ['x'], x: 1 }, rs(256, privateKey()));
    case 'the key, for another account': {
      const claims = JSON.parse(Buffer.from(payload, 'base64url'));
      return `${head}.${base64(JSON.stringify({ ...claims, sub: 'eve' }))}.${signature}`;
    }
    default:
      throw new Error(`nobody signs with ${how}`);
  }
}

/** Has the answer go out with the bytes and headers that the script says; `answered` hears its status first. */
export function deliver(response, script, answered) {
  const end = response.end.bind(response);
  response.end = (body) => {
    response.end = end;
    answered(response.statusCode);
    const bytes = bytesOf(body, script);
    response.setHeader('Content-Length', bytes.length);
    for (const [name, value] of Object.entries(script.headers ?? {})) {
      if (value === null) response.removeHeader(name);
      else response.setHeader(name, value);
    }
    return send(response, bytes, script.wire);
  };
}

function bytesOf(body, { replace, text, before, pad, encoding }) {
  let written = text ?? Buffer.from(body ?? '').toString();
  if (replace !== undefined) {
    const [from, to] = replace;
    if (!written.includes(from)) throw new Error(`there is no ${from} in the answer`);
    written = written.replace(from, () => to);
  }
  written = (before ?? '') + written;
  const bytes = Buffer.from(written, encoding ?? 'utf8');
  return pad === undefined ? bytes : Buffer.concat([Buffer.alloc(pad - bytes.length, ' '), bytes]);
}

function send(response, bytes, wire) {
  switch (wire) {
    case undefined:
      return response.end(bytes);
    case 'gzip':
    case 'half of gzip': {
      const packed = gzipSync(bytes, { level: 9 });
      const sent = wire === 'gzip' ? packed : packed.subarray(0, packed.length / 2);
      response.setHeader('Content-Encoding', 'gzip');
      response.setHeader('Content-Length', sent.length);
      return response.end(sent);
    }
    case 'chunked':
      response.removeHeader('Content-Length');
      response.write(bytes.subarray(0, 10));
      return response.end(bytes.subarray(10));
    case 'chunked, cut':
      response.removeHeader('Content-Length');
      return response.write(bytes, () => response.socket.destroy());
    case 'without an end':
      response.removeHeader('Content-Length');
      response.write(bytes);
      return pour(response);
    default:
      throw new Error(`nothing is sent ${wire}`);
  }
}

/** Sends blanks until nobody takes them any more. */
function pour(response) {
  const blanks = Buffer.alloc(16 * 1024, ' ');
  const more = () => {
    while (!response.destroyed && response.write(blanks));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}
