import assert from 'node:assert/strict';
import { OutcomeMailbox } from '../../src/pool/outcome-mailbox';
import { notSent, type Outcome } from '../../src/store/outcome';
import { quiet } from './fake-servers';

function outcome(id: string, node = 'send'): Outcome {
  const error = { code: 'SMPP_QUEUE_FULL', message: 'full' };
  return notSent({ id, node, msg: {}, to: '919812345678', queuedAt: 0 }, error);
}

/** A mailbox whose flows run, and everything that it does. */
function mailbox(failing: readonly string[] = []) {
  const state = { live: true };
  const told: string[] = [];
  const settled: string[] = [];
  const orphaned: string[] = [];
  const errors: string[] = [];
  const box = new OutcomeMailbox({
    store: {
      told: (id) => {
        told.push(id);
        return failing.includes(id) ? Promise.reject(new Error('away')) : Promise.resolve();
      },
      settle: ({ id }) => {
        settled.push(id);
        return failing.includes(id) ? Promise.reject(new Error('away')) : Promise.resolve(undefined);
      },
    },
    log: { info: () => undefined, warn: () => undefined, error: (text) => errors.push(text) },
    flowsLive: () => state.live,
    orphaned: ({ id }) => orphaned.push(id),
  });
  const heard: string[] = [];
  const hear = ({ id }: Outcome): undefined => {
    heard.push(id);
  };
  return { box, state, told, settled, orphaned, errors, heard, hear };
}

describe('the outcome mailbox', () => {
  it('tells the node that sent the message, and the store that it was told', () => {
    const { box, heard, hear, told, orphaned } = mailbox();
    box.attach('send', hear);
    box.tell(outcome('a'), true);
    box.tell(outcome('b'), false);
    assert.deepEqual([heard, told, orphaned], [['a', 'b'], ['a'], []]);
  });

  it('tells of a message whose node is gone, and forgets it', () => {
    const { box, hear, heard, told, orphaned } = mailbox();
    box.attach('send', hear)();
    assert.equal(box.hasSender('send'), false);
    box.tell(outcome('a'), true);
    assert.deepEqual([heard, told, orphaned], [[], ['a'], ['a']]);
  });

  it('leaves a node attached anew when its predecessor detaches', () => {
    const { box, hear, heard } = mailbox();
    const detach = box.attach('send', () => undefined);
    box.attach('send', hear);
    detach();
    box.tell(outcome('a'), true);
    assert.deepEqual(heard, ['a']);
  });

  it('keeps outcomes while flows are stopped, and tells them in their order', () => {
    const { box, state, hear, heard, told } = mailbox();
    box.attach('send', hear);
    box.hold([outcome('earlier')]);
    state.live = false;
    box.tell(outcome('a'), true);
    assert.deepEqual([heard, told], [[], []]);
    state.live = true;
    box.resume();
    assert.deepEqual(heard, ['earlier', 'a']);
    assert.deepEqual(told, heard);
  });

  it('tells a refusal on the spot even while flows are stopped, where the node is there', () => {
    const { box, state, hear, heard } = mailbox();
    box.attach('send', hear);
    state.live = false;
    box.tell(outcome('a'), false);
    box.tell(outcome('b', 'other'), false);
    assert.deepEqual(heard, ['a']);
  });

  it('hands an outcome over again that did not arrive', async () => {
    const { box, heard, told } = mailbox();
    let arrives = false;
    box.attach('send', ({ id }) => {
      heard.push(id);
      return () => {
        const arrived = arrives;
        arrives = true;
        return arrived;
      };
    });
    box.tell(outcome('a'), true);
    assert.deepEqual(told, []);
    await quiet();
    assert.deepEqual([heard, told], [['a', 'a'], ['a']]);
  });

  it('goes on where a flow throws, or the store fails', async () => {
    const { box, hear, heard, told, errors } = mailbox(['b']);
    box.attach('other', hear);
    box.attach('send', () => {
      throw new Error('boom');
    });
    box.tell(outcome('a'), true);
    box.tell(outcome('b', 'other'), true);
    await quiet();
    assert.deepEqual([heard, told], [['b'], ['a', 'b']]);
    assert.deepEqual(errors, ['a flow failed on an outcome: Error: boom', 'store: Error: away']);
  });

  it('waits at its end for what is being handed over, and stores what did not arrive', async () => {
    const { box, state, settled, told } = mailbox();
    box.attach('send', () => () => false);
    box.tell(outcome('a'), false);
    box.tell(outcome('b'), true);
    state.live = false;
    await box.close();
    assert.deepEqual([settled, told], [['a'], []]);
  });

  it('names what can neither be told nor stored', async () => {
    const { box, state, errors } = mailbox(['a']);
    state.live = false;
    box.tell(outcome('a'), false);
    await box.close();
    box.logLost();
    assert.deepEqual(errors, ['the outcome of message a (overflow) could not be told or stored: Error: away']);
    for (let n = 0; n < 101; n++) box.tell(outcome(`m${String(n)}`), false);
    box.logLost();
    assert.match(errors[1]!, /^101 messages were not sent, .*stored: m0, m1, .*, m99 …$/);
  });
});
