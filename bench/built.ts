import { createRequire } from 'node:module';
import { join } from 'node:path';

const load = createRequire(__filename);

/** A module as it is shipped: what is measured is the build, not the sources. `path` is that of its source, without its ending. */
export function built<T>(path: string): T {
  return load(join('../dist', path)) as T;
}
