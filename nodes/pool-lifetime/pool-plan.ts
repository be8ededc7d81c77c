import type { SmppError } from '../../src/base/errors';
import type { PoolSettings } from '../../src/pool/settings';
import type { RedisSettings } from '../../src/redis/connection';
import type { StoreKind } from './pool-config';

/** What a pool node wants its pool to be. */
export interface PoolPlan {
  readonly settings: PoolSettings;
  readonly store: StoreKind;
  /** Of the disk store. */
  readonly folder: string;
  /** Of the redis store. */
  readonly redis: RedisSettings | null;
  /** Node-RED's. */
  readonly userDir: string;
  readonly keepOnDeploy: boolean;
  /** Set where the settings are of no use; says why. */
  readonly problem: SmppError | null;
}
