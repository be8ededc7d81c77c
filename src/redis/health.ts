import { despiteFailure } from '../base/background';
import { SmppError } from '../base/errors';
import type { Client } from './client';
import type { Commands } from './replication';

export interface RedisLog {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

/** Version of the keys under the prefix and of their content. */
const LAYOUT = 'smpp-nodes 2';
/** The layout before, in which messages waited as jobs of a queue. */
const FORMER = 'smpp-nodes 1';
/** Its keys that have messages or outcomes, as long as there are any. */
const FORMER_KEYS = ['outbox:wait', 'outbox:prioritized', 'outbox:active', 'outcomes'] as const;
/** Redis that knows the commands of the scripts, and what they answer about entries that are gone. */
const OLDEST = 7;

/**
 * Checks that the keys under the prefix have this version's layout. A pool without keys gets it.
 * @throws {SmppError} SMPP_STORE_VERSION where they hold something else
 */
export async function checkLayout(client: Client, keyOf: (name: string) => string, prefix: string): Promise<void> {
  const key = keyOf('layout');
  const foreign = (what: string): SmppError => {
    return new SmppError(
      'SMPP_STORE_VERSION',
      `Redis holds ${what} under the prefix "${prefix}" for this pool. Choose another key prefix, or use the version of @smpp-nodes/node-red-smpp that wrote it`,
    );
  };
  if ((await client.type(key)) !== 'none') {
    const found = await despiteFailure(client.get(key), 'a key of another type is foreign data as well');
    if (found === FORMER) await replaceFormer(client, keyOf, prefix);
    else if (found !== LAYOUT) throw foreign('data of another program or version');
  } else if ((await client.exists(keyOf('outbox:meta'))) > 0) {
    throw foreign('data of another program');
  } else {
    await client.setnx(key, LAYOUT);
    if ((await client.get(key)) !== LAYOUT) throw foreign('data of another version');
  }
}

/** Takes the prefix over from the layout before, once nothing waits in it any more. */
async function replaceFormer(client: Client, keyOf: (name: string) => string, prefix: string): Promise<void> {
  const left = await Promise.all(FORMER_KEYS.map((name) => client.exists(keyOf(name))));
  if (left.some((count) => count > 0)) {
    throw new SmppError(
      'SMPP_STORE_VERSION',
      `Redis holds messages of an earlier version under the prefix "${prefix}" for this pool; they are safe. With that version (npm install @smpp-nodes/node-red-smpp@0.1.0 bullmq@6) set the store of the pool to "disk" and deploy, which takes them out of Redis; then install this version and set the store to "redis" again`,
    );
  }
  await client.set(keyOf('layout'), LAYOUT);
}

/**
 * Checks that this Redis has what the store needs. @param info its answer to INFO; "" where it gives none
 * @throws {SmppError} SMPP_STORE_VERSION
 */
export function checkVersion(info: string): void {
  const version = /^redis_version:(\d+)(\S*)/m.exec(info);
  // Valkey says 7.2 here, whatever its own version is.
  if (!version || Number(version[1]) >= OLDEST) return;
  throw new SmppError(
    'SMPP_STORE_VERSION',
    `Redis ${version[1]!}${version[2]!} is too old: the redis store needs Redis ${String(OLDEST)} or later`,
  );
}

/** Logs what this Redis may lose by its configuration. @param info its answer to INFO; "" where it gives none */
export async function checkPersistence(
  info: string,
  atHome: (commands: Commands) => Promise<unknown[]>,
  log: RedisLog,
): Promise<void> {
  const eviction = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  if (eviction && eviction !== 'noeviction') {
    log.warn(
      `Redis may throw messages away when its memory is full (maxmemory-policy ${eviction}): set it to noeviction`,
    );
  }
  if (info === '') return;
  const logsWrites = /^aof_enabled:1/m.test(info);
  const [setting] = await atHome((home) => home.config('GET', logsWrites ? 'appendfsync' : 'save'));
  // Not every Redis allows CONFIG GET.
  const value: unknown = Array.isArray(setting) ? setting[1] : null;
  if (logsWrites) {
    if (typeof value !== 'string' || value === 'always') return;
    log.info(
      `Redis does not wait for its disk (appendfsync ${value}): what came last is lost when it loses power, or is killed while the disk is slow. Where no message may be lost, set "appendfsync always" in its configuration`,
    );
  } else if (value === '') {
    log.warn(
      'Redis keeps nothing on disk: what waits is lost when it restarts. Set "appendonly yes" in its configuration',
    );
  } else {
    log.warn(
      'Redis writes to disk only now and then: what came since is lost when it fails. Set "appendonly yes" in its configuration',
    );
  }
}
