import assert from 'node:assert/strict';
import type { DeliveryReport } from '../../src/pool/events';
import { HandOut } from '../../src/pool/hand-out';
import type { Handover, ReceiptListener } from '../../src/pool/listeners';
import { unmatchedReport } from '../../src/pool/report';
import { parseReceipt } from '../../src/receipt/parse';
import { MemoryStore } from '../../src/store/memory';
import type { ParkOptions } from '../../src/store/store';
import { delivery } from '../receipt/delivery';

describe('the hand-out to the flows', () => {
  let store: MemoryStore;
  let listeners: Set<ReceiptListener>;
  let live: boolean;
  let errors: string[];
  let warnings: string[];
  let handOut: HandOut;

  beforeEach(() => {
    store = new MemoryStore({ queueLimit: 10 });
    listeners = new Set();
    live = true;
    errors = [];
    warnings = [];
    handOut = new HandOut({
      store,
      log: { info: () => undefined, warn: (text) => warnings.push(text), error: (text) => errors.push(text) },
      listeners,
      flowsLive: () => live,
    });
  });

  /** A flow that listens. @returns the ids of what it has heard */
  function flow(change: Partial<ReceiptListener> = {}, arrives: () => Handover = () => undefined): string[] {
    const heard: string[] = [];
    listeners.add({
      ...{ emit: 'segment', intermediate: true, unmatched: true, incoming: true },
      handle(event) {
        if (event.kind === 'report') heard.push(event.messageId!);
        return arrives();
      },
      ...change,
    });
    return heard;
  }

  function report(id: string, change: Partial<DeliveryReport> = {}): DeliveryReport {
    const pdu = delivery(`id:${id} stat:DELIVRD err:000`);
    const receipt = parseReceipt(pdu, { timezone: 'UTC' });
    return { ...unmatchedReport({ receipt, delivery: pdu, origin: { server: 's', bind: 'b' } }, ''), ...change };
  }

  const parked = async (): Promise<unknown[]> =>
    (await store.parked()).map(({ data }) => (data as DeliveryReport).messageId);

  it('gives each listener what it wants, and asks nobody for what none wants', () => {
    const whole = flow({ emit: 'message' });
    const final = flow({ intermediate: false, unmatched: false });
    const events = [
      report('whole', { matched: true, scope: 'message' }),
      report('segment', { matched: true }),
      report('interim', { matched: true, final: false }),
      report('unmatched'),
    ];
    for (const event of events) handOut.hand(event);
    assert.deepEqual([whole, final], [['whole', 'unmatched'], ['segment']]);
    const wants = events.map((event) => handOut.wants({ ...event, sender: null }));
    assert.deepEqual(wants, [true, true, false, true]);
  });

  it('keeps to the scope of each listener, and logs once a minute what is in nobody’s', () => {
    const scoped = flow({ emit: 'message', hears: ({ node, flow }) => node === 'a' || flow === 'f' });
    const sent = (node: string) => ({ node }) as DeliveryReport['sent'];
    const result = (id: string, node: string, flow: string | null) =>
      report(id, { matched: true, scope: 'message', sent: sent(node), flow });
    const stranger = result('stranger', 'b', 'g');
    for (const event of [result('node', 'a', 'g'), result('flow', 'b', 'f'), stranger, report('unmatched')]) {
      handOut.hand(event);
    }
    assert.deepEqual(scoped, ['node', 'flow']);
    const wants = (sender: { node: string; flow: string | null } | null, matched = true) =>
      handOut.wants({ kind: 'report', scope: 'message', final: true, matched, sender });
    assert.deepEqual([wants({ node: 'a', flow: null }), wants({ node: 'b', flow: null })], [true, false]);
    const logs = (now: number) => {
      handOut.tick(now);
      return warnings.splice(0).map((text) => /took: (\d+);/.exec(text)?.[1]);
    };
    assert.deepEqual(logs(1000), ['3']);
    handOut.hand(stranger);
    assert.deepEqual(logs(60_000), []);
    assert.deepEqual(logs(61_000), ['1']);
    assert.deepEqual(logs(200_000), []);
  });

  it('wants everything while the flows are stopped: who will listen then is not known', () => {
    live = false;
    assert.equal(handOut.wants({ ...report('7'), sender: null }), true);
  });

  it('goes on with the others where one flow fails', () => {
    flow({
      handle() {
        throw new Error('the flow’s own');
      },
    });
    const heard = flow();
    assert.equal(handOut.atOnce(report('7')), null);
    assert.deepEqual(heard, ['7']);
    assert.match(errors.join(), /a flow failed on a delivery: Error: the flow’s own/);
  });

  it('has arrived where one of several has it', async () => {
    flow({}, () => () => false);
    const heard = flow({}, () => () => true);
    await handOut.atOnce(report('7'));
    assert.deepEqual(heard, ['7']);
    assert.deepEqual(await parked(), []);
  });

  it('hands out again what did not arrive, and parks it where the flows were stopped meanwhile', async () => {
    let tries = 0;
    const heard = flow({}, () => () => {
      tries += 1;
      live = tries < 2;
      return false;
    });
    await handOut.atOnce(report('7'));
    assert.deepEqual(heard, ['7', '7']);
    assert.deepEqual(await parked(), ['7']);
  });

  describe('orPark', () => {
    it('hands out and saves while flows live', async () => {
      const heard = flow();
      const saved: ParkOptions[] = [];
      const { written } = handOut.orPark([report('7')], (options) => {
        saved.push(options);
        return Promise.resolve([]);
      });
      await written;
      assert.deepEqual([heard, saved, await parked()], [['7'], [{}], []]);
    });

    it('saves the events in the same step while none lives', async () => {
      live = false;
      const heard = flow();
      const saved: (readonly string[])[] = [];
      await handOut.orPark([report('7'), report('8')], ({ park = [] }) => {
        saved.push(park.map(({ kind, data }) => `${kind} ${String((data as DeliveryReport).messageId)}`));
        return Promise.resolve([]);
      }).written;
      assert.deepEqual([heard, saved], [[], [['report 7', 'report 8']]]);
    });

    it('parks where there is nothing else to be saved, in their order', async () => {
      live = false;
      await handOut.orPark([report('7'), report('8')]).written;
      assert.deepEqual(await parked(), ['7', '8']);
    });

    it('fails where it cannot be saved', async () => {
      flow();
      const { written } = handOut.orPark([report('7')], () => Promise.reject(new Error('no room')));
      await assert.rejects(written, /no room/);
    });
  });

  describe('onceSaved', () => {
    const never = (): never => assert.fail('it was as it had been found');

    it('hands out only what could be saved, and takes it out of the store then', async () => {
      const heard = flow();
      let keys: readonly number[] = [];
      await handOut.onceSaved(
        [report('7')],
        async ({ park, handing }) => {
          assert.deepEqual([heard, handing], [[], true]);
          keys = await Promise.all(park!.map((event) => store.park(event)));
          return keys;
        },
        never,
      );
      assert.deepEqual([heard, keys.length, await parked()], [['7'], 1, []]);
    });

    it('keeps with it only what somebody wants', async () => {
      flow({ unmatched: false });
      await handOut.onceSaved(
        [report('7')],
        ({ park }) => {
          assert.deepEqual(park, []);
          return Promise.resolve([]);
        },
        never,
      );
    });

    it('judges anew what another instance has changed, and hands nothing out', async () => {
      const heard = flow();
      let again = 0;
      await handOut.onceSaved(
        [report('7')],
        () => Promise.resolve(null),
        () => {
          again += 1;
          return Promise.resolve({ written: Promise.resolve() });
        },
      );
      assert.deepEqual([heard, again], [[], 1]);
    });

    it('leaves everything in the store while no flow lives', async () => {
      live = false;
      const heard = flow({ unmatched: false });
      await handOut.onceSaved(
        [report('7')],
        async ({ park, handing }) => {
          assert.equal(handing, false);
          return Promise.all(park!.map((event) => store.park(event)));
        },
        never,
      );
      assert.deepEqual([heard, await parked()], [[], ['7']]);
    });
  });
});
