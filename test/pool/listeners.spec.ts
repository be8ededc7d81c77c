import assert from 'node:assert/strict';
import { hasArrived } from '../../src/pool/listeners';

describe('what was handed over', () => {
  it('has arrived where nothing is to be asked', async () => {
    assert.equal(await hasArrived(undefined), true);
  });

  for (const arrived of [true, false]) {
    it(`is asked for after Node-RED has handed it on, not before (${String(arrived)})`, async () => {
      const order: string[] = [];
      // Node-RED hands a message on in a setImmediate of its own, which was set first.
      setImmediate(() => order.push('handed on'));
      const answer = hasArrived(() => {
        order.push('asked');
        return arrived;
      });
      order.push('returned');
      assert.equal(await answer, arrived);
      assert.deepEqual(order, ['returned', 'handed on', 'asked']);
    });
  }
});
