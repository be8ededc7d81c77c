import assert from 'node:assert/strict';
import { poolSettings } from '../../../src/pool/settings';
import { defaultSettings, POOL_SETTINGS, type Setting } from '../../../src/pool/settings-table';
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
    const servers = [{ host: 'smpp1.example.com', port: 2775, tls: false, binds: 1, throughput: 50 }];
    assert.deepEqual(config, {
      store: 'disk',
      redis: null,
      keepOnDeploy: true,
      settings: poolSettings(defaultSettings(), { servers, ...ACCOUNT, tls: {} }),
    });
  });

  it('are a setting each of the pool or of its messages, and no more', () => {
    const { settings } = read({}).config;
    assert.deepEqual(
      [settings.queueLimit, settings.systemType, settings.profile.from, settings.profile.dltTags],
      [100_000, 'smpp', '', [0x1400, 0x1401, 0x1402]],
    );
    assert.ok(!('name' in settings), 'a new name is no change of the pool');
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

  describe('are refused by name, with the value and what to do', () => {
    const TEN_DIGITS = '1101172974';
    const wrong: readonly (readonly [string, unknown, RegExp])[] = [
      [
        'systemType',
        'thirteen char',
        /^systemType: "thirteen char" has 13 characters, and at most 12 are allowed; shorten/,
      ],
      ['systemType', 'Grüße', /not printable ASCII; replace/],
      ['systemType', 'a\0b', /not printable ASCII/],
      ['systemType', { toString: 1 }, /^systemType: an object is not a text; give a string$/],
      ['addressRange', '4'.repeat(41), /has 41 characters, and at most 40/],
      ['addrTon', 256, /^addrTon: 256 is not a whole number from 0 to 255/],
      ['addrNpi', -1, /from 0 to 255/],
      ['addrNpi', '1.5', /from 0 to 255/],
      ['window', true, /^window: true is not a whole number of 1 or more; give one$/],
      ['window', [10], /^window: an array/],
      ['responseTimeout', 1e12, /from 1 to 2147483/],
      ['messageExpiry', 1e15, /from 1 to 2147483647/],
      ['bindMode', 'TRANSCEIVER', /"TRANSCEIVER" is not known; use one of transceiver, /],
      ['version', 3.4, /^version: 3.4 is not known; use one of 3.4, 3.3$/],
      ['tlsMinVersion', 'SSLv3', /use one of TLSv1, /],
      ['store', {}, /^store: an object is not known; use one of disk, memory, redis$/],
      ['from', 'twelve chars', /^from: "twelve chars" cannot be used; give a number, or at most 11/],
      ['from', 9.5, /is not a text/],
      ['country', 'India', /give the two letters of ISO 3166, such as IN/],
      ['country', 'XX', /^country: "XX" cannot be used/],
      ['alphabet', 'latin 1', /^alphabet: "latin 1" cannot be used; give "gsm", or a charset such as latin1/],
      [
        'alphabet',
        'utf8',
        /^alphabet: "utf8" is no charset in which each character is one octet; give "gsm" or one such/,
      ],
      ['alphabet', 'klingon', /^alphabet: "klingon" is not a charset that is known here/],
      ['dltPeId', `${TEN_DIGITS}x`, /^dltPeId: "1101172974x" cannot be used; give the id's digits$/],
      ['dltPeId', Number('1101172974420810001'), /in quotes/],
      ['dltPeId', '1'.repeat(255), /has 255 characters, and at most 254/],
      ['dltTmId', 'telemarketer', /one id, several separated by commas, or a hash/],
      ['dltTmId', ', ,', /one id/],
      ['dltTags', '1400,1401', /three different hexadecimal tags/],
      ['dltRequired', 1, /^dltRequired: 1 is neither true nor false; give a boolean$/],
      ['keepOnDeploy', 'yes', /neither true nor false/],
      ['receiptTimezone', 'Mars/Olympus', /give an IANA time zone such as Asia\/Kolkata$/],
      ['tls', {}, /^tls: an object is no id of a node/],
    ];
    for (const [name, value, message] of wrong) {
      it(`${name}: ${JSON.stringify(value)?.slice(0, 30)}`, () => {
        const found = read({ [name]: value }).problems;
        assert.deepEqual(
          [found.map(({ field }) => field), found[0]!.message.match(message) !== null],
          [[name], true],
          found[0]!.message,
        );
      });
    }

    it('every setting of the table has values that it does not take, but for the name', () => {
      for (const [name, row] of Object.entries<Setting>(POOL_SETTINGS)) {
        if (name === 'name' || row.kind === 'rows') continue;
        const more = row.onlyWith ? { [row.onlyWith.name]: row.onlyWith.value, redisUrl: 'redis://redis' } : {};
        assert.deepEqual(problems({ ...more, [name]: { nested: [name] } }), [name]);
        assert.deepEqual(problems({ ...more, [name]: NaN }), [name]);
      }
    });
  });

  it('take the longest that is allowed, and a country in small letters', () => {
    const longest = {
      systemType: 's'.repeat(12),
      addressRange: '4'.repeat(40),
      dltTmId: 'a'.repeat(64),
      country: ' in ',
    };
    const { config, problems: found } = read(longest);
    assert.deepEqual(found, []);
    assert.equal(config.settings.profile.country, 'IN');
    assert.equal(read({ systemType: '' }).config.settings.systemType, '');
  });

  it('read what concerns Redis only with that store', () => {
    assert.deepEqual(problems({ redisUrl: 'nonsense', redisPrefix: '{}' }), []);
    assert.deepEqual(problems({ store: 'redis', redisUrl: 'nonsense', redisPrefix: '{}' }), [
      'redisUrl',
      'redisPrefix',
    ]);
    assert.deepEqual(problems({ store: 'redis' }), ['redisUrl']);
    for (const redisUrl of ['redis://me:se7ret@host', 'rediss://:se7ret@host:6380/1', 'redis-sentinel://me@a,b/m']) {
      assert.deepEqual(problems({ store: 'redis', redisUrl }), ['redisUrl']);
    }
    const [problem] = read({ store: 'redis', redisUrl: 'redis://me:se7ret@x y' }).problems;
    assert.ok(problem && !problem.message.includes('se7ret'));
  });

  for (const [what, row] of [
    ['no host', { port: 1 }],
    ['a host with a port', { host: 'a:1', port: 1 }],
    ['a host with a scheme', { host: 'smpp://a', port: 1 }],
    ['a port of 0', { host: 'a', port: 0 }],
    ['no port', { host: 'a', port: '' }],
    ['a word for binds', { host: 'a', port: 1, binds: 'many' }],
    ['neither on nor off', { host: 'a', port: 1, enabled: 'perhaps' }],
    ['an object for a host', { host: { toString: 1 }, port: 1 }],
    ['nothing in it', null],
    ['a text for a row', 'smpp.example.com:2775'],
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
