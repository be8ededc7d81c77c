import type { SmppError } from '../../src/base/errors';
import type { PoolSettings } from '../../src/pool/settings';
import type { RedisSettings } from '../../src/redis/connection';
import type { StoreKind } from './pool-config';

/** What a pool node wants its pool to be. */
export interface PoolPlan {
  readonly settings: PoolSettings;
  readonly store: StoreKind;
  /** Folder of the disk store. */
  readonly folder: string;
  /** Settings of the redis store; null with any other store. */
  readonly redis: RedisSettings | null;
  /** Node-RED's user directory. */
  readonly userDir: string;
  readonly keepOnDeploy: boolean;
  /** Why the settings are of no use; null where they are. */
  readonly problem: SmppError | null;
}
