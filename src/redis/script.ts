import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** A Lua script that runs in Redis. */
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

/** Registers a script that is made of .lua files, read one after the other: what several scripts share comes first. */
export function scriptFrom(...files: readonly string[]): Script {
  return script(files.map((file) => readFileSync(file, 'utf8')).join('\n'));
}
