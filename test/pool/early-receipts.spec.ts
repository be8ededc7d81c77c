import assert from 'node:assert/strict';
import { EarlyReceipts, type WaitingReceipt } from '../../src/pool/early-receipts';
import { readEnds } from '../../src/receipt/handset';
import { matchKeys } from '../../src/receipt/match';
import { parseReceipt } from '../../src/receipt/parse';
import { delivery } from '../receipt/delivery';
import { HandClock } from '../support/clock';

describe('receipts before the answer to their submit', () => {
  let clock: HandClock;
  let tried: string[];
  let answers: number[];

  beforeEach(() => {
    clock = new HandClock();
    [tried, answers] = [[], []];
  });

  function early(shared: boolean): EarlyReceipts {
    return new EarlyReceipts(clock, shared, ({ receipt }) => tried.push(receipt.messageIds[0]!));
  }

  function receipt(id: string, until: number): WaitingReceipt {
    const pdu = delivery(`id:${id} stat:DELIVRD`);
    return {
      receipt: parseReceipt(pdu, { timezone: 'UTC' }),
      delivery: pdu,
      origin: { server: '127.0.0.1:2775', bind: 'trx-1' },
      answer: (status) => answers.push(status),
      ends: readEnds(pdu.source.addr, pdu.destination.addr),
      keys: matchKeys([id], 'auto', null).map(({ key }) => key),
      until,
    };
  }

  it('are tried when the answer brings their id, however it is spelled, and no others with them', () => {
    const receipts = early(false);
    for (const id of ['653313185', 'ab-1', '77']) receipts.hold(receipt(id, receipts.deadline()));
    receipts.answered('26F0C4A1');
    receipts.answered('AB1');
    receipts.answered('78');
    assert.deepEqual(tried, ['653313185', 'ab-1']);
    receipts.answered('AB1');
    assert.equal(tried.length, 2);
  });

  it('are tried once a second, for their submit may have ended in another way', () => {
    const receipts = early(false);
    receipts.hold(receipt('77', receipts.deadline()));
    receipts.tick();
    assert.deepEqual(tried, ['77']);
    assert.equal(clock.timers, 0);
  });

  it('are tried again and again where another instance may have sent the message', () => {
    const receipts = early(true);
    receipts.hold(receipt('77', receipts.deadline()));
    receipts.hold(receipt('78', receipts.deadline()));
    clock.turn(1000);
    assert.deepEqual(tried, ['77', '78']);
  });

  it('are asked for again when the pool closes', () => {
    const receipts = early(true);
    receipts.hold(receipt('77', receipts.deadline()));
    receipts.close();
    assert.deepEqual([answers, clock.timers], [[0x14], 0]);
    receipts.answered('77');
    assert.deepEqual(tried, []);
  });
});
