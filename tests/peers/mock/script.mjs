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

import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
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
  Object.assign(token.header, jose);
  for (const [name, value] of Object.entries(claims ?? {})) {
    // A number that is given as a text counts from now.
    const relative = typeof value === 'string' && /^now[+-]\d+$/.test(value);
    if (value === null) delete token.payload[name];
    else token.payload[name] = relative ? Math.floor(Date.now() / 1000) + Number(value.slice(3)) : value;
  }
}

const base64 = (value) => Buffer.from(value).toString('base64url');

/** Signs an id token anew, as somebody does who hasn't the key. */
function signed(idToken, how, issuer) {
  const [head, payload, signature] = idToken.split('.');
  const header = JSON.parse(Buffer.from(head, 'base64url'));
  const with_ = (alg, signer) => {
    const input = `${base64(JSON.stringify({ ...header, alg }))}.${payload}`;
    return `${input}.${signer(input)}`;
  };
  switch (how) {
    case 'nobody':
      return with_('none', () => '');
    case 'the public key as a secret': {
      const [jwk] = issuer.keys.toJSON();
      const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
      return with_('HS256', (input) => createHmac('sha256', pem).update(input).digest('base64url'));
    }
    case 'another key': {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      return with_('RS256', (input) => sign('sha256', Buffer.from(input), privateKey).toString('base64url'));
    }
    case 'a signature for other claims': {
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
