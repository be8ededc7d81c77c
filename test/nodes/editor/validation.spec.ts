import assert from 'node:assert/strict';
import { POOL_SETTINGS, type Setting } from '../../../src/pool/settings-table';
import type { NodeType } from './dialog';
import { definition, template, translate } from './dialog';

/** What the built dialog says about a value, with the node's other properties as given. */
function check(type: NodeType, property: string, value: unknown, node: Record<string, unknown> = {}): true | string {
  const self = { ...node, _: (key: string, values?: Record<string, unknown>) => translate(type, key, values) };
  const { validate } = definition(type).defaults[property]!;
  assert.equal(validate?.length, 2, 'the editor shows the sentence of a function of two parameters only');
  return validate!.call(self, value, {});
}

function accepts(type: NodeType, property: string, values: readonly unknown[], node?: Record<string, unknown>): void {
  for (const value of values) assert.equal(check(type, property, value, node), true, `${property} ${String(value)}`);
}

function rejects(type: NodeType, property: string, values: readonly unknown[], node?: Record<string, unknown>): void {
  for (const value of values)
    assert.match(String(check(type, property, value, node)), /\.$/, `${property} ${String(value)}`);
}

const SERVER = { host: 'smpp.example.com', port: 2775, tls: false, binds: '', throughput: '', enabled: true };

describe('what the pool dialog accepts', () => {
  it('takes numbers, numeric strings and ${ENV}, and no other text', () => {
    accepts('smpp-pool', 'window', [1, '10', '${WINDOW}']);
    rejects('smpp-pool', 'window', [0, '', 'ten', '-1', '1.5', 'a${WINDOW}']);
    rejects('smpp-pool', 'addrTon', [256]);
    accepts('smpp-pool', 'throughput', [0]);
  });

  it('takes a property that an older flow does not have as its default', () => {
    accepts('smpp-pool', 'addrTon', [undefined]);
    accepts('smpp-pool', 'receiptTimezone', [undefined]);
    accepts('smpp-send', 'peId', [undefined]);
  });

  it('wants at least one server that is on', () => {
    accepts('smpp-pool', 'servers', [[SERVER]]);
    rejects('smpp-pool', 'servers', [[], [{ ...SERVER, enabled: false }]]);
  });

  it('checks each server and says which and what', () => {
    accepts('smpp-pool', 'servers', [
      [{ ...SERVER, host: '${HOST}', port: '${PORT}', binds: '2', throughput: 0 }],
      [{ ...SERVER, host: '10.0.0.1' }],
      [{ ...SERVER, host: '2001:db8::1' }],
    ]);
    rejects('smpp-pool', 'servers', [
      [{ ...SERVER, host: '' }],
      [{ ...SERVER, host: 'smpp://example.com' }],
      [{ ...SERVER, host: 'example.com:2775' }],
      [{ ...SERVER, binds: '0' }],
      [{ ...SERVER, throughput: 'fast' }],
    ]);
    assert.match(
      String(check('smpp-pool', 'servers', [SERVER, { ...SERVER, port: 70000 }])),
      /^smpp\.example\.com:70000: Port: .*65535\.$/,
    );
  });

  it('takes and refuses what the runtime does: lengths, characters, ids, choices, countries', () => {
    accepts('smpp-pool', 'systemType', ['', 'twelve chars', '${TYPE}']);
    rejects('smpp-pool', 'systemType', ['thirteen char', 'Grüße', {}]);
    accepts('smpp-pool', 'addressRange', ['', '4'.repeat(40)]);
    rejects('smpp-pool', 'addressRange', ['4'.repeat(41)]);
    accepts('smpp-pool', 'dltPeId', ['', '1101172974420810001', '${PE}']);
    rejects('smpp-pool', 'dltPeId', ['11O1172974420810001', 'IN']);
    accepts('smpp-pool', 'dltTmId', ['1302172974420830004, 1302172974420830005', 'a'.repeat(64)]);
    rejects('smpp-pool', 'dltTmId', ['a'.repeat(60), ' , ,']);
    accepts('smpp-pool', 'store', ['disk', '${STORE}']);
    rejects('smpp-pool', 'store', ['tape']);
    rejects('smpp-pool', 'keepOnDeploy', ['perhaps']);
    accepts('smpp-pool', 'country', ['', 'IN', 'in', '${COUNTRY}']);
    rejects('smpp-pool', 'country', ['India', 'XX', '91']);
    rejects('smpp-pool', 'enquireLink', [3e9]);
  });

  it('offers every choice of the settings table, and no other', () => {
    const html = template('smpp-pool');
    for (const [name, row] of Object.entries<Setting>(POOL_SETTINGS)) {
      assert.ok(name === 'servers' || html.includes(`id="node-config-input-${name}"`), `no field for ${name}`);
      if (row.kind !== 'choice') continue;
      const [, options] = new RegExp(`<select id="node-config-input-${name}">([^]*?)</select>`).exec(html)!;
      const offered = Array.from(options!.matchAll(/value="([^"]*)"/g), ([, value]) => value!);
      assert.deepEqual(offered.toSorted(), [...row.choices].toSorted(), name);
    }
  });

  it('wants three tags, in hexadecimal', () => {
    accepts('smpp-pool', 'dltTags', ['1400,1401,1402', '0x1400, 0x1401, 0x1402']);
    rejects('smpp-pool', 'dltTags', ['', '1400,1401', '1400,1401,1402,1403', '5120;5121;5122']);
  });

  it('wants an address of Redis only where Redis is the store, and no password in it', () => {
    accepts('smpp-pool', 'redisUrl', [''], { store: 'disk' });
    accepts('smpp-pool', 'redisUrl', ['redis://127.0.0.1:6379', 'rediss://redis.example.com/2', '${REDIS}'], {
      store: 'redis',
    });
    rejects('smpp-pool', 'redisUrl', ['', 'localhost', 'redis://user:secret@localhost'], { store: 'redis' });
  });

  it('knows time zones', () => {
    accepts('smpp-pool', 'receiptTimezone', ['UTC', 'Asia/Kolkata', '${ZONE}']);
    rejects('smpp-pool', 'receiptTimezone', ['Mars/Base', '']);
  });

  it('takes what the runtime takes as a sender', () => {
    accepts('smpp-pool', 'from', ['', 'ALERTS', '+44 7700 900123', '56070']);
    rejects('smpp-pool', 'from', ['MUCH TOO LONG', 'Grüße']);
  });
});

describe('what the send dialog accepts', () => {
  it('checks fixed recipients by the rule of the runtime', () => {
    accepts('smpp-send', 'to', ['447700900123', '+44 7700 900123, 00447700900124', '${TO}'], { toType: 'str' });
    rejects('smpp-send', 'to', ['', 'Alice', '447700900123, Bob'], { toType: 'str' });
  });

  it('leaves an expression to the editor, and wants one', () => {
    accepts('smpp-send', 'to', ['topic'], { toType: 'msg' });
    assert.equal(check('smpp-send', 'to', 'a..b', { toType: 'msg' }), 'not a property');
    rejects('smpp-send', 'text', [''], { textType: 'msg' });
    accepts('smpp-send', 'text', [''], { textType: 'str' });
  });

  it('takes a blank validity and schedule, a number of seconds and an ISO time', () => {
    accepts('smpp-send', 'validity', ['', 3600, '${TTL}']);
    rejects('smpp-send', 'validity', ['0', 'an hour', 2678401]);
    accepts('smpp-send', 'schedule', ['', '2030-01-31T09:00:00+05:30', '2030-01-31T09:00:00Z', '${AT}']);
    rejects('smpp-send', 'schedule', ['tomorrow', '2030-02-31', '31.1.2030 9:00']);
  });

  it('wants a hexadecimal tag in each TLV row', () => {
    accepts('smpp-send', 'tlvs', [[], [{ tag: '1403', type: 'octets', value: '1', valueType: 'str' }]]);
    rejects('smpp-send', 'tlvs', [
      [{ tag: '', type: 'octets', value: '1', valueType: 'str' }],
      [{ tag: '14033', type: 'hex', value: '', valueType: 'str' }],
    ]);
  });
});

describe('the status dialog', () => {
  it('takes 0 for never', () => {
    accepts('smpp-status', 'interval', [0, '60', '${EVERY}']);
    rejects('smpp-status', 'interval', ['', -1]);
  });
});
