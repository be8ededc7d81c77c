import type { StoreKind } from './pool-config';

/**
 * The kinds of store that work here, for the dialog: the disk store needs the native part of lmdb, which not every
 * platform has, the Redis store a package that its user installs.
 */
export function usableStores(load: (name: string) => unknown = require): readonly StoreKind[] {
  const has = (name: string): boolean => {
    try {
      load(name);
      return true;
    } catch {
      return false;
    }
  };
  return ['memory', ...(has('lmdb') ? (['disk'] as const) : []), ...(has('ioredis') ? (['redis'] as const) : [])];
}
