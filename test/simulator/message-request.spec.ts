import assert from 'node:assert/strict';
import type { Simulator } from '../../src/simulator/simulator';
import { Esme, textOf, tlv } from '../support/esme';
import { closeAll, portOf, post, simulate } from './running';

afterEach(closeAll);

const TO = '919812345678';
/** Never reported, so it stays open to every request. */
const OPEN = '919812200006';
const FROM = { source_addr_ton: 5, source_addr_npi: 0, source_addr: 'PUMPCO' };
/** Longer than any test. */
const LATE = { dlrDelay: 3_600_000 };

async function accepted(esme: Esme, to = OPEN, fields: Record<string, unknown> = {}, tlvs: Buffer[] = []) {
  const { command_status, message_id } = await esme.submit(to, fields, tlvs);
  assert.equal(command_status, 0);
  return message_id as string;
}

const status = async (esme: Esme, command: string, fields: Record<string, unknown>): Promise<number> =>
  (await esme.request(command, { ...FROM, ...fields })).command_status;

const replace = (esme: Esme, message_id: string, text: string, fields: Record<string, unknown> = {}) =>
  status(esme, 'replace_sm', { message_id, short_message: Buffer.from(text), ...fields });

const lastText = (simulator: Simulator) => simulator.messages().at(-1)!.text;

describe('query_sm, cancel_sm and replace_sm of the simulator', () => {
  it('say that a message which is not yet reported is on its way', async () => {
    const esme = await Esme.bound(portOf(await simulate(LATE)));
    const id = await accepted(esme, TO);
    const answer = await esme.request('query_sm', { ...FROM, message_id: id });
    assert.equal(answer.command, 'query_sm_resp');
    assert.equal(answer.command_status, 0);
    assert.deepEqual([answer['message_id'], answer['message_state'], answer['error_code']], [id, 1, 0]);
    assert.equal(answer['final_date'], '');
  });

  it('cancel: the receipt says DELETED, once, and nothing else comes', async () => {
    const esme = await Esme.bound(portOf(await simulate({ dlrDelay: 60 })));
    const id = await accepted(esme, TO);
    assert.equal(await status(esme, 'cancel_sm', { message_id: id }), 0);
    const receipt = await esme.next('deliver_sm');
    assert.match(textOf(receipt), new RegExp(`^id:${id} .*dlvrd:000 .*stat:DELETED err:000 `));
    assert.equal(receipt['message_state'], 4);
    // A later message's receipt comes after the time of the cancelled one's.
    await accepted(esme, TO);
    assert.match(textOf(await esme.next('deliver_sm')), /stat:DELIVRD/);
    assert.deepEqual(esme.inbox, []);
  });

  it('cancel without a receipt where none is wanted', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    const silent = await accepted(esme, OPEN);
    assert.equal(await status(esme, 'cancel_sm', { message_id: silent }), 0);
    await accepted(esme, TO);
    assert.match(textOf(await esme.next('deliver_sm')), /stat:DELIVRD/);
    assert.deepEqual(simulator.messages()[0]!.receipts, []);
  });

  it('cancel all between two addresses, where no id is given', async () => {
    const esme = await Esme.bound(portOf(await simulate(LATE)));
    const kept = [
      await accepted(esme, '919812345679'),
      await accepted(esme, TO, { service_type: 'CMT' }),
      await accepted(esme, TO, { source_addr: 'OTHER' }),
    ];
    const gone = [await accepted(esme, TO), await accepted(esme, TO)];
    const all = { message_id: '', destination_addr: TO, dest_addr_ton: 1, dest_addr_npi: 1 };
    assert.equal(await status(esme, 'cancel_sm', all), 0);
    const ids = [await esme.next('deliver_sm'), await esme.next('deliver_sm')].map(
      (pdu) => pdu['receipted_message_id'],
    );
    assert.deepEqual(ids.sort(), [...gone].sort());
    assert.equal(await status(esme, 'cancel_sm', all), 0x11);
    assert.equal(await status(esme, 'query_sm', { message_id: kept[0] }), 0);
    assert.equal(await status(esme, 'query_sm', { message_id: kept[1] }), 0);
    assert.equal(await status(esme, 'query_sm', { message_id: kept[2], source_addr: 'OTHER' }), 0);
  });

  it('replace text and registered_delivery, and keep data_coding and optional parameters', async () => {
    const simulator = await simulate(LATE);
    const esme = await Esme.bound(portOf(simulator));
    const id = await accepted(esme, TO, { data_coding: 8, short_message: Buffer.from('\0A') }, [tlv(0x1400, '1101')]);
    const short_message = Buffer.from('\0B\0C', 'latin1');
    assert.equal(await status(esme, 'replace_sm', { message_id: id, short_message, registered_delivery: 0 }), 0);
    const message = simulator.messages()[0]!;
    assert.deepEqual([message.text, message.dataCoding, message.tlvs], ['BC', 8, { '1400': '31313031' }]);
    assert.equal(await status(esme, 'cancel_sm', { message_id: id }), 0);
    await esme.request('enquire_link');
    assert.deepEqual(simulator.messages()[0]!.receipts, []);
  });

  it('replace a message_payload as well', async () => {
    const simulator = await simulate(LATE);
    const esme = await Esme.bound(portOf(simulator));
    const id = await accepted(esme, TO, { short_message: Buffer.alloc(0) }, [
      tlv(0x0424, 'x'.repeat(300)),
      tlv(0x1400, '1101'),
    ]);
    assert.equal(await replace(esme, id, 'short now'), 0);
    assert.equal(lastText(simulator), 'short now');
    assert.deepEqual(simulator.messages()[0]!.tlvs, { '1400': '31313031' });
  });

  it('refuse a replacement that no SMS holds, and of a part of a long message', async () => {
    const simulator = await simulate(LATE);
    const esme = await Esme.bound(portOf(simulator));
    const id = await accepted(esme, TO);
    assert.equal(await replace(esme, id, 'x'.repeat(161)), 0x01);
    assert.equal(await replace(esme, id, 'text', { validity_period: 'soon' }), 0x62);
    assert.equal(await replace(esme, id, 'text', { sm_default_msg_id: 1 }), 0x63);
    assert.equal(lastText(simulator), 'Pump 3 alarm');
    const part = Buffer.concat([Buffer.of(5, 0, 3, 7, 2, 1), Buffer.from('part')]);
    const partId = await accepted(esme, TO, { esm_class: 0x40, short_message: part });
    assert.equal(await replace(esme, partId, 'text'), 0x13);
  });

  it('know nothing of an id that never was, or is of another account', async () => {
    const simulator = await simulate({ ...LATE, account: ['demo:demo', 'other:other'] });
    const esme = await Esme.bound(portOf(simulator));
    const other = await Esme.bound(portOf(simulator), { systemId: 'other', password: 'other' });
    const id = await accepted(other, TO);
    for (const message_id of ['123', id]) {
      for (const command of ['query_sm', 'cancel_sm', 'replace_sm']) {
        assert.equal(await status(esme, command, { message_id, short_message: Buffer.from('x') }), 0x0c, command);
      }
    }
    assert.equal(await status(esme, 'query_sm', { message_id: '' }), 0x0c);
    assert.equal(await status(other, 'query_sm', { message_id: id }), 0);
  });

  it('fail for another source address, for what is reported and for what is cancelled', async () => {
    const simulator = await simulate({ dlrDelay: 1 });
    const esme = await Esme.bound(portOf(simulator));
    const failures = [
      ['query_sm', 0x67],
      ['cancel_sm', 0x11],
      ['replace_sm', 0x13],
    ] as const;
    const open = await accepted(esme, OPEN);
    const reported = await accepted(esme, TO);
    await esme.next('deliver_sm');
    const cancelled = await accepted(esme, OPEN);
    assert.equal(await status(esme, 'cancel_sm', { message_id: cancelled }), 0);
    for (const [command, failed] of failures) {
      const request = (fields: Record<string, unknown>) =>
        status(esme, command, { short_message: Buffer.from('x'), ...fields });
      assert.equal(await request({ message_id: open, source_addr: 'ELSE' }), failed);
      assert.equal(await request({ message_id: open, source_addr_npi: 1 }), failed);
      assert.equal(await request({ message_id: reported }), failed);
      assert.equal(await request({ message_id: cancelled }), failed);
    }
    assert.equal(await status(esme, 'cancel_sm', { message_id: open, destination_addr: TO }), 0x11);
    assert.equal(await status(esme, 'cancel_sm', { message_id: open, destination_addr: OPEN }), 0);
  });

  it('settle a message without a receipt at the time of its receipt', async () => {
    const esme = await Esme.bound(portOf(await simulate({ dlrDelay: 1 })));
    const id = await accepted(esme, TO, { registered_delivery: 0 });
    await accepted(esme, TO);
    await esme.next('deliver_sm');
    await accepted(esme, TO);
    await esme.next('deliver_sm');
    assert.equal(await status(esme, 'query_sm', { message_id: id }), 0x67);
  });

  it('work on every server, on binds that may submit only, and on an SMPP 3.3 bind', async () => {
    const simulator = await simulate({ ...LATE, servers: 2 });
    const esme = await Esme.bound(portOf(simulator));
    const id = await accepted(esme, TO);
    const receiver = await Esme.bound(portOf(simulator, 2), { command: 'bind_receiver' });
    assert.equal(await status(receiver, 'cancel_sm', { message_id: id }), 0x04);
    const unbound = await Esme.connect(portOf(simulator));
    assert.equal(await status(unbound, 'cancel_sm', { message_id: id }), 0x04);
    const transmitter = await Esme.bound(portOf(simulator, 2), { command: 'bind_transmitter', version: 0x33 });
    assert.equal(await status(transmitter, 'query_sm', { message_id: id }), 0);
    assert.equal(await status(transmitter, 'cancel_sm', { message_id: id }), 0);
  });

  it('answer a request that ends inside its fields with 0x02', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    for (const command of [3, 7, 8]) {
      const frame = Buffer.alloc(18, 'x');
      frame.writeUInt32BE(frame.length, 0);
      frame.writeUInt32BE(command, 4);
      frame.writeUInt32BE(0, 8);
      frame.writeUInt32BE(900 + command, 12);
      esme.write(frame);
      const name = { 3: 'query_sm_resp', 7: 'replace_sm_resp', 8: 'cancel_sm_resp' }[command]!;
      assert.equal((await esme.next(name)).command_status, 0x02);
    }
  });

  it('know nothing any more after a reset', async () => {
    const simulator = await simulate(LATE);
    const esme = await Esme.bound(portOf(simulator));
    const id = await accepted(esme, TO);
    await post(simulator, '/reset');
    assert.equal(await status(esme, 'query_sm', { message_id: id }), 0x0c);
  });
});
