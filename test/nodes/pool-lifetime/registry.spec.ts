import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { attachSender, seeArrived, watchFlows, whenStarted } from '../../../nodes/pool-lifetime/registry';
import { notSent } from '../../../src/store/outcome';

const OUTCOME = notSent(
  { id: 'm1', node: 'sender', msg: {}, to: '447700900001', queuedAt: 0 },
  { code: 'SMPP_INVALID_INPUT', message: 'wrong' },
);

/** Hears what goes to the console, which has no node to speak for it. */
function listenToConsole(): void {
  for (const level of ['warn', 'error'] as const) {
    const before = console[level];
    console[level] = (text: unknown) => {
      lines.push(String(text));
    };
    undo.push(() => {
      console[level] = before;
    });
  }
}

/** What the log has got. */
let lines: string[] = [];
const say = (text: string): void => {
  lines.push(text);
};
const log = { warn: say, error: say };
const undo: (() => void)[] = [];

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe('the registry of pools', () => {
  const events = new EventEmitter();
  const flows = (): { config: { flows: [] } } => ({ config: { flows: [] } });

  before(() => {
    watchFlows(events);
  });
  beforeEach(() => {
    lines = [];
  });
  afterEach(() => {
    for (const call of undo.splice(0)) call();
  });
  // Nothing is to be left for other tests' flows.
  after(() => events.emit('flows:stopping', { config: null }));

  it('calls everyone who waits for the flows, also where one throws', () => {
    listenToConsole();
    const called: string[] = [];
    whenStarted(() => {
      called.push('first');
      throw new Error('the first is broken');
    });
    whenStarted(() => called.push('second'));
    events.emit('flows:started', flows());
    assert.deepEqual(called, ['first', 'second']);
    assert.match(lines.join(), /the first is broken/);
  });

  it('brings an outcome whose handler throws to the next instance of its node, once', async () => {
    events.emit('flows:started', flows());
    const detach = attachSender('sender', () => {
      throw new Error('the flow is broken');
    });
    seeArrived(OUTCOME, () => false, log);
    await turn();
    await turn();
    detach();
    assert.match(lines.join(), /message m1 \(invalid\).*the flow is broken/);
    const heard: string[] = [];
    undo.push(
      attachSender('sender', ({ id }) => {
        heard.push(id);
        return undefined;
      }),
    );
    events.emit('flows:stopping', flows());
    events.emit('flows:started', flows());
    events.emit('flows:started', flows());
    await turn();
    assert.deepEqual(heard, ['m1']);
  });

  it('names in one line what no flow can be told of any more when Node-RED ends', async () => {
    const flow = flows();
    events.emit('flows:started', flow);
    events.emit('flows:stopping', flow);
    seeArrived(OUTCOME, () => false, log);
    seeArrived({ ...OUTCOME, id: 'm2' }, () => false, log);
    for (let count = 0; count < 3; count++) await turn();
    assert.deepEqual(lines, ['2 messages were not sent, and no flow was told: m1, m2']);
    const heard: string[] = [];
    undo.push(
      attachSender('sender', ({ id }) => {
        heard.push(id);
        return undefined;
      }),
    );
    // It did not end: its flows were only stopped for a while.
    events.emit('flows:started', flow);
    assert.deepEqual(heard, ['m1', 'm2']);
  });

  it('names an outcome whose node is gone', async () => {
    events.emit('flows:started', flows());
    seeArrived(OUTCOME, () => false, log);
    await turn();
    await turn();
    assert.deepEqual(lines, ['the outcome of message m1 (invalid) has no smpp-send node sender to go to']);
  });
});
