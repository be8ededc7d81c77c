import assert from 'node:assert/strict';
import { shallowCopy, withoutList } from '../../src/store/list-recipient';

describe('a recipient of a list', () => {
  const msg = { payload: { rows: [1, 2], note: { a: 1 } }, topic: ['1', '2'], order: { to: ['1', '2'], id: 7 } };

  it('stands in place of the list, at any depth', () => {
    assert.deepEqual(withoutList(msg, { path: ['topic'] }, '2'), { ...msg, topic: '2' });
    assert.deepEqual(withoutList(msg, { path: ['order', 'to'] }, '2'), { ...msg, order: { to: '2', id: 7 } });
  });

  it('stands in a list of lists, too', () => {
    const nested = { groups: [{ to: ['1', '2'] }, { to: ['3'] }] };
    assert.deepEqual(withoutList(nested, { path: ['groups', 0, 'to'] }, '1'), { groups: [{ to: '1' }, { to: ['3'] }] });
    assert.deepEqual(nested.groups[0]!.to, ['1', '2']);
  });

  it('shares everything else with the message, which stays as it is', () => {
    const before = structuredClone(msg);
    const own = withoutList(msg, { path: ['order', 'to'] }, '2');
    assert.equal(own.payload, msg.payload);
    assert.equal(own.topic, msg.topic);
    assert.notEqual(own.order, msg.order);
    assert.deepEqual(msg, before);
  });

  it('changes nothing where the list came from elsewhere, or is gone', () => {
    for (const path of [[], ['nothing'], ['nothing', 'at', 'all'], ['payload', 'missing', 'to'], ['topic', 0, 'to']]) {
      assert.deepEqual(withoutList(msg, { path }, '2'), msg);
    }
  });

  it('comes with a copy that leaves out what nobody can read', () => {
    const odd = {
      payload: 'x',
      get broken(): never {
        throw new Error('not here');
      },
    };
    assert.deepEqual(withoutList(odd, { path: ['topic'] }, '2'), { payload: 'x' });
    assert.deepEqual(shallowCopy([1, 2]), [1, 2]);
  });
});
