import { createHash } from 'node:crypto';

/** A Lua script. KEYS[1] is the prefix of all keys of the pool. */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

const all: Script[] = [];

/** All scripts, to be loaded whenever a connection begins. */
export const scripts: readonly Script[] = all;

/** Registers a script; to be called while modules load, before a connection begins. */
export function script(lua: string): Script {
  const made = { lua, sha: createHash('sha1').update(lua).digest('hex') };
  all.push(made);
  return made;
}
