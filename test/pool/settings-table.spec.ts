import assert from 'node:assert/strict';
import { checkSetting } from '../../src/pool/settings-check';
import { defaultSettings, POOL_SETTINGS, type Setting } from '../../src/pool/settings-table';

/** What flows and people rely on: a default that changes breaks flows. */
const PROMISED = {
  name: '',
  servers: [],
  bindMode: 'transceiver',
  version: '3.4',
  systemType: 'smpp',
  addressRange: '',
  addrTon: 0,
  addrNpi: 0,
  binds: 1,
  throughput: 50,
  window: 10,
  enquireLink: 60,
  responseTimeout: 30,
  tls: '',
  tlsMinVersion: 'TLSv1.2',
  from: '',
  country: '',
  dltPeId: '',
  dltTmId: '',
  dltTags: '1400,1401,1402',
  dltFormat: 'octets',
  dltTmForm: 'plain',
  dltRequired: false,
  store: 'disk',
  redisUrl: '',
  redisPrefix: 'smpp',
  queueLimit: 100000,
  messageExpiry: 86400,
  receiptExpiry: 259200,
  onLinkLoss: 'resend',
  receiptWait: 600,
  messageIds: 'auto',
  receiptTimezone: 'UTC',
  historyDays: 7,
  historyLimit: 1000000,
  historyText: false,
  keepOnDeploy: true,
};

describe('the settings table of a pool', () => {
  it('keeps the defaults that were promised', () => {
    for (const [name, value] of Object.entries(PROMISED)) {
      assert.deepEqual((POOL_SETTINGS as Readonly<Record<string, Setting>>)[name]?.default, value, name);
    }
  });

  it('has no default that its own rule refuses', () => {
    for (const [name, row] of Object.entries<Setting>(POOL_SETTINGS)) {
      if (row.kind === 'rows' || row.onlyWith) continue;
      assert.equal(checkSetting(name, row, row.default), row.default, name);
      assert.equal(checkSetting(name, row, undefined), row.default, name);
    }
    assert.equal('servers' in defaultSettings(), false);
  });

  it('names for every "only with" a setting that stands above it', () => {
    const names = Object.keys(POOL_SETTINGS);
    for (const [name, { onlyWith }] of Object.entries<Setting>(POOL_SETTINGS)) {
      if (onlyWith)
        assert.ok(names.indexOf(onlyWith.name) < names.indexOf(name) && names.includes(onlyWith.name), name);
    }
  });
});
