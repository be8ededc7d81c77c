import { createHash } from 'node:crypto';

/** A Lua script: KEYS[1] is what every key of the pool begins with. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

const all: Script[] = [];

/** Every script there is, to be loaded whenever a connection begins. */
export const scripts: readonly Script[] = all;

export function script(lua: string): Script {
  const made = { lua, sha: createHash('sha1').update(lua).digest('hex') };
  all.push(made);
  return made;
}
