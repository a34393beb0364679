// What the server keeps: grants, tokens, sessions and its keys, in one file that a restart finds
// again. It is written before anything is answered, so a server that is killed has lost nothing.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class Kept {
  #path;
  #state;

  static open(dir) {
    const path = join(dir, 'kept.json');
    return new Kept(path, existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : fresh());
  }

  constructor(path, state) {
    this.#path = path;
    this.#state = state;
    this.#save();
  }

  get jwks() {
    return this.#state.jwks;
  }

  get cookieKey() {
    return this.#state.cookieKey;
  }

  /** How many tokens are good at this time, in seconds, and how many grants there are. */
  live(now) {
    const good = (model) =>
      this.#of(model).filter(([, entry]) => !entry.consumed && entry.exp > now).length;
    return { access: good('AccessToken'), refresh: good('RefreshToken'), grants: good('Grant') };
  }

  /** The package's adapter of one model. It checks the age of what it is given by itself. */
  adapter(model) {
    const key = (id) => `${model}:${id}`;
    const { entries } = this.#state;
    const change = async (work) => {
      work();
      this.#save();
    };
    return {
      upsert: (id, payload) => change(() => (entries[key(id)] = payload)),
      find: async (id) => entries[key(id)],
      findByUid: async (uid) => this.#of(model).find(([, entry]) => entry.uid === uid)?.[1],
      findByUserCode: async () => undefined,
      consume: (id) => change(() => (entries[key(id)].consumed = Math.floor(Date.now() / 1000))),
      destroy: (id) => change(() => delete entries[key(id)]),
      revokeByGrantId: (grantId) =>
        change(() => {
          for (const [name, entry] of this.#of(model)) {
            if (entry.grantId === grantId) delete entries[name];
          }
        }),
    };
  }

  #of(model) {
    return Object.entries(this.#state.entries).filter(([name]) => name.startsWith(`${model}:`));
  }

  #save() {
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.#state));
    renameSync(`${this.#path}.new`, this.#path);
  }
}

function fresh() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = { ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: 'one' };
  return { entries: {}, jwks: { keys: [key] }, cookieKey: randomBytes(32).toString('hex') };
}
