import assert from 'node:assert/strict';
import { cleanUp, flow, load, logged, pool, send, type FlowNode } from '../runtime';

const ODD = [null, 7, {}, [], [null], 'x'.repeat(100_000)];
const PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  'smpp-pool': ['servers', 'tls', 'store', 'bindMode', 'version', 'window', 'throughput', 'redisUrl', 'country'],
  'smpp-send': ['pool', 'to', 'toType', 'from', 'text', 'textType', 'tlvs', 'reference', 'encoding', 'failures'],
  'smpp-dlr-in': ['pool', 'emit', 'intermediate', 'unmatched', 'incoming'],
  'smpp-status': ['pool', 'events', 'interval'],
};

describe('a node whose definition is odd', () => {
  afterEach(cleanUp);

  for (const [type, properties] of Object.entries(PROPERTIES)) {
    it(`(${type}) is made all the same: what is wrong is told to Catch or in its status`, async () => {
      const nodes = ODD.flatMap((value, kind) =>
        [...properties.map((name) => [name]), properties].map((names, index): FlowNode => {
          const odd = Object.fromEntries(names.map((name) => [name, value]));
          const id = `odd-${String(kind)}-${String(index)}`;
          return type === 'smpp-pool' ? pool([1], { id, ...odd }) : send({ id, type, wires: [], ...odd });
        }),
      );
      await load(flow(pool([1], { servers: [] }), ...nodes));
      assert.doesNotMatch(logged(), /TypeError|Cannot read|is not a function|at new Smpp/);
    });
  }
});
