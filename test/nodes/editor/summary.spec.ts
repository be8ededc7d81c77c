import assert from 'node:assert/strict';
import type { ServerRow } from '../../../nodes/editor/summary';
import { summarise } from '../../../nodes/editor/summary';

const POOL = { binds: '2', throughput: '50', window: '10' };

function server(row: Partial<ServerRow> = {}): ServerRow {
  return { host: 'smpp.example.com', port: 2775, tls: false, binds: '', throughput: '', enabled: true, ...row };
}

describe('the line below the servers', () => {
  it('lets blank rows have the values of the pool', () => {
    assert.deepEqual(summarise([server(), server()], POOL), {
      servers: 2,
      bindsEach: 2,
      binds: 4,
      throughput: 100,
      window: 40,
    });
  });

  it('adds up rows that differ', () => {
    const summary = summarise([server({ binds: 3, throughput: '20' }), server()], POOL);
    assert.deepEqual(summary, { servers: 2, bindsEach: null, binds: 5, throughput: 70, window: 50 });
  });

  it('leaves out servers that are off or have no host yet', () => {
    assert.equal(summarise([server(), server({ enabled: false }), server({ host: ' ' })], POOL).servers, 1);
  });

  it('knows no limit where one server has none', () => {
    assert.equal(summarise([server({ throughput: 0 }), server()], POOL).throughput, Infinity);
  });

  it('does not guess what the environment says', () => {
    assert.deepEqual(summarise([server({ binds: '${BINDS}' }), server()], { ...POOL, throughput: '${RATE}' }), {
      servers: 2,
      bindsEach: null,
      binds: null,
      throughput: null,
      window: null,
    });
  });
});
