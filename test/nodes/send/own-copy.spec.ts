import assert from 'node:assert/strict';
import type { NodeMessage } from 'node-red';
import { ownMessage, withProperties } from '../../../nodes/send/own-copy';

describe('the message that leaves smpp-send', () => {
  const properties = { smpp: { outcome: 'accepted' } };

  describe('of one recipient', () => {
    it('is the flow’s own object', () => {
      const msg = { payload: 'x' } as NodeMessage;
      assert.equal(withProperties(msg, properties), msg);
      assert.deepEqual(msg, { payload: 'x', ...properties });
    });

    const stubborn: Readonly<Record<string, () => object>> = {
      'is frozen': () => Object.freeze({ payload: 'x' }),
      'swallows what is set': () =>
        Object.defineProperty({ payload: 'x' }, 'smpp', { get: () => 1, set: () => undefined }),
      'throws when it is set': () =>
        new Proxy(
          { payload: 'x' },
          {
            set: () => {
              throw new Error('not here');
            },
          },
        ),
    };
    for (const [what, make] of Object.entries(stubborn)) {
      it(`is a copy where that ${what}`, () => {
        const msg = make() as NodeMessage;
        const own = withProperties(msg, properties);
        assert.notEqual(own, msg);
        assert.deepEqual(own, { payload: 'x', ...properties });
      });
    }
  });

  describe('of one of several', () => {
    const list = { path: ['topic', 'to'] };
    const clone = (msg: NodeMessage): NodeMessage => structuredClone(msg);

    it('has that one in place of the list, and shares nothing with the others', () => {
      const msg = { payload: { n: 1 }, topic: { to: ['1', '2'], group: 'a' } };
      const own = ownMessage({ msg, recipient: { list, to: '2' } }, clone);
      assert.deepEqual(own, { payload: { n: 1 }, topic: { to: '2', group: 'a' } });
      assert.deepEqual(msg.topic.to, ['1', '2']);
      assert.notEqual(own.payload, msg.payload);
    });

    it('is shallow where it cannot be copied deeply', () => {
      const msg = { payload: () => 'a function', topic: { to: ['1'] } };
      const own = ownMessage({ msg, recipient: { list, to: '1' } }, clone);
      assert.deepEqual(own, { payload: msg.payload, topic: { to: '1' } });
    });

    it('is as it came where its list came from elsewhere, or is gone', () => {
      for (const path of [[], ['gone', 'to']]) {
        const own = ownMessage({ msg: { payload: 'x' }, recipient: { list: { path }, to: '1' } }, clone);
        assert.deepEqual(own, { payload: 'x' });
      }
    });
  });
});
