import { RedisStore, type RedisStoreOptions } from '../../src/store/redis/store';
import { storeContract } from '../store/contract';
import { RedisServer, stopRedisServers } from './redis-server';

let server: RedisServer;
let pools = 0;
const stores: RedisStore[] = [];

before(async () => {
  server = await RedisServer.start();
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
});
after(stopRedisServers);

async function open(options: Partial<RedisStoreOptions> = {}): Promise<RedisStore> {
  const store = new RedisStore({
    url: server.url,
    user: '',
    password: '',
    prefix: 'smpp',
    poolId: `pool-${String(pools++)}`,
    userDir: '/home/somebody/.node-red',
    queueLimit: 1000,
    log: { info: () => undefined, warn: () => undefined, error: (text) => { throw new Error(text); } },
    ...options,
  });
  stores.push(store);
  await store.open();
  return store;
}

storeContract('Redis store', (queueLimit) => open({ queueLimit }));
