import assert from 'node:assert/strict';
import {
  findUnresolved,
  readPoolConfig,
  type PoolDef,
  type Say,
  type TlsNode,
} from '../../../nodes/pool-lifetime/pool-config';

const ACCOUNT = { systemId: 'demo', password: 'secret' };
const SERVERS = [{ host: 'smpp1.example.com', port: 2775, tls: false, binds: '', throughput: '', enabled: true }];
const say: Say = (key, values) => `${key} ${JSON.stringify(values ?? {})}`;

function read(def: Record<string, unknown>, credentials: Record<string, string> = ACCOUNT, tls: TlsNode | null = null) {
  const pool = { id: 'pool', type: 'smpp-pool', name: '', z: '', servers: SERVERS, ...def };
  return readPoolConfig(pool as unknown as PoolDef, credentials, tls, say);
}

function problems(...args: Parameters<typeof read>): string[] {
  return read(...args).problems.map(({ field }) => field);
}

describe('settings of a pool', () => {
  it('have the defaults where the flow file says nothing', () => {
    const { config, problems } = read({});
    assert.deepEqual(problems, []);
    assert.deepEqual(config, {
      store: 'disk',
      redis: null,
      keepOnDeploy: true,
      settings: {
        servers: [{ host: 'smpp1.example.com', port: 2775, tls: false, binds: 1, throughput: 50 }],
        bindMode: 'transceiver',
        systemId: 'demo',
        password: 'secret',
        systemType: 'smpp',
        addressRange: '',
        addrTon: 0,
        addrNpi: 0,
        window: 10,
        enquireLink: 60,
        responseTimeout: 30,
        tls: {},
        tlsMinVersion: 'TLSv1.2',
        profile: {
          version: '3.4',
          from: '',
          peId: '',
          tmId: '',
          dltTags: [0x1400, 0x1401, 0x1402],
          dltFormat: 'octets',
          dltTmForm: 'plain',
          dltRequired: false,
        },
        queueLimit: 100000,
        messageExpiry: 86400,
        receiptExpiry: 259200,
        onLinkLoss: 'resend',
        receiptWait: 600,
        messageIds: 'auto',
        receiptTimezone: 'UTC',
      },
    });
  });

  it('may be numbers or numeric strings, and blank for the default', () => {
    const { settings } = read({ window: '20', throughput: ' 7 ', enquireLink: '', receiptWait: 0 }).config;
    const { window, servers, enquireLink, receiptWait } = settings;
    assert.deepEqual([window, servers[0]!.throughput, enquireLink, receiptWait], [20, 7, 60, 0]);
  });

  it('leave disabled servers out, and give a server what is its own', () => {
    const { servers } = read({
      binds: 2,
      servers: [
        { host: 'a', port: '1', enabled: false },
        { host: '[::1]', port: '2', tls: true, binds: '3', throughput: '0' },
        { host: 'b', port: 3, tls: 'false' },
      ],
    }).config.settings;
    assert.deepEqual(servers, [
      { host: '::1', port: 2, tls: true, binds: 3, throughput: 0 },
      { host: 'b', port: 3, tls: false, binds: 2, throughput: 50 },
    ]);
  });

  it('have no transceiver on SMPP 3.3', () => {
    assert.equal(read({ version: '3.3' }).config.settings.bindMode, 'transmitter-receiver');
    assert.equal(read({ version: '3.3', bindMode: 'receiver' }).config.settings.bindMode, 'receiver');
  });

  it('take the tags of DLT ids as hexadecimal', () => {
    assert.deepEqual(read({ dltTags: '2400, 0x2401,2402' }).config.settings.profile.dltTags, [0x2400, 0x2401, 0x2402]);
    for (const dltTags of ['1400', '1400,1401,1400', '1400,1401,xyz', '1400,1401,14020']) {
      assert.deepEqual(problems({ dltTags }), ['dltTags'], dltTags);
    }
  });

  it('take authorities and client certificate of that node for a Redis with TLS, and nothing that is meant for the platform', () => {
    const options = {
      ca: 'CA',
      cert: 'C',
      key: 'K',
      passphrase: 'P',
      servername: 'smpp.example',
      rejectUnauthorized: false,
    };
    const node = { valid: true, addTLSOptions: (to: object) => ({ ...to, ...options }) } as unknown as TlsNode;
    const { config } = read({ store: 'redis', redisUrl: 'rediss://redis', tls: 'tls' }, ACCOUNT, node);
    const { ca, ...rest } = config.redis!.tls as { ca: string[] };
    assert.deepEqual(rest, { cert: 'C', key: 'K', passphrase: 'P' });
    assert.ok(ca.length > 50 && ca.at(-1) === 'CA', 'the well-known ones stay');
    assert.deepEqual(config.settings.tls, {});
    assert.deepEqual(
      read({ store: 'redis', redisUrl: 'redis://redis', tls: 'tls' }, ACCOUNT, node).config.redis!.tls,
      {},
    );
    const servers = [{ ...SERVERS[0], tls: true }];
    assert.deepEqual(problems({ servers, store: 'redis', redisUrl: 'rediss://redis', tls: 'tls' }), ['tls']);
  });

  it('take what a tls-config node has, for the servers that use TLS', () => {
    const tls = { valid: true, addTLSOptions: (to: object) => ({ ...to, servername: 'x' }) } as unknown as TlsNode;
    const secure = [{ ...SERVERS[0], tls: true }];
    assert.deepEqual(read({ servers: secure, tls: 'tls' }, ACCOUNT, tls).config.settings.tls, { servername: 'x' });
    assert.deepEqual(read({ tls: 'tls' }, ACCOUNT, tls).config.settings.tls, {});
    assert.deepEqual(problems({ servers: secure }), []);
    assert.deepEqual(problems({ servers: secure, tls: 'tls' }, ACCOUNT, null), ['tls']);
    assert.deepEqual(problems({ servers: secure, tls: 'tls' }, ACCOUNT, { valid: false } as TlsNode), ['tls']);
  });

  it('tell of everything that is wrong at once', () => {
    const wrong = {
      servers: [],
      window: 0,
      throughput: -1,
      binds: 'x',
      enquireLink: 3e9,
      bindMode: 'sender',
      dltRequired: 'perhaps',
      receiptTimezone: 'Mars/Olympus',
      store: 'tape',
    };
    assert.deepEqual(problems(wrong, {}).sort(), [...Object.keys(wrong), 'systemId'].sort());
  });

  for (const [what, row] of [
    ['no host', { port: 1 }],
    ['a host with a port', { host: 'a:1', port: 1 }],
    ['a host with a scheme', { host: 'smpp://a', port: 1 }],
    ['a port of 0', { host: 'a', port: 0 }],
    ['no port', { host: 'a', port: '' }],
    ['a word for binds', { host: 'a', port: 1, binds: 'many' }],
  ] as const) {
    it(`do not take a server with ${what}, and say which it is`, () => {
      const [problem, ...others] = read({ servers: [SERVERS[0], row] }).problems;
      assert.deepEqual(others, []);
      assert.match(problem!.message, /^errors\.server \{"row":2/);
    });
  }

  it('do not take a server twice', () => {
    assert.deepEqual(problems({ servers: [SERVERS[0], { ...SERVERS[0], binds: 2 }] }), ['servers']);
  });

  it('name every environment variable that is not set, and report it once', () => {
    const def = { servers: [{ host: '${HOST}', port: '${PORT}' }], window: '${WINDOW}', name: '${NAME}' };
    const found = read(def, { systemId: 'demo', password: '${PASSWORD}' }).problems;
    assert.deepEqual(found.map(({ field }) => field).sort(), [
      'password',
      'servers[0].host',
      'servers[0].port',
      'window',
    ]);
    assert.ok(found.every(({ message }) => message.startsWith('errors.unresolved')));
  });

  it('never name the password', () => {
    const found = read({ servers: [], window: 'x' }, { systemId: '', password: 'se7ret!' }).problems;
    assert.ok(found.length > 0 && !JSON.stringify(found).includes('se7ret!'));
  });
});

describe('an environment variable that is not set', () => {
  it('is found however deep, and nothing else is', () => {
    const value = { a: '${A}', b: ['x', { c: '${C D}' }], e: 'x ${E}', f: Buffer.from('${F}'), g: null, h: 1 };
    assert.deepEqual(findUnresolved(value), [
      { property: 'a', name: 'A' },
      { property: 'b[1].c', name: 'C D' },
    ]);
  });
});
