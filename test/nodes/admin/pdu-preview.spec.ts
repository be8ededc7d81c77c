import assert from 'node:assert/strict';
import helper from 'node-red-node-test-helper';
import { previewPdus } from '../../../nodes/admin/pdu-preview';
import type { MessageRequest } from '../../../src/message/message';
import { cleanUp, flow, load } from '../runtime';
import { nested } from './nested';

const MESSAGE: MessageRequest = { to: '+44 7700 900123', text: 'Hello' };

function preview(message: Partial<MessageRequest>, pool: Record<string, unknown> = {}): Record<string, string>[] {
  return previewPdus({ ...MESSAGE, ...message }, pool).map(({ fields }) => Object.fromEntries(fields));
}

describe('The PDUs of a message, for the dialog', () => {
  it('is the fields of its PDU, by their names', () => {
    assert.deepEqual(previewPdus({ ...MESSAGE, from: 'ALERTS' }, {}), [
      {
        octets: 56,
        fields: [
          ['command', 'submit_sm'],
          ['source_addr', 'ALERTS (TON 5, NPI 0)'],
          ['destination_addr', '447700900123 (TON 1, NPI 1)'],
          ['registered_delivery', '0x01'],
          ['data_coding', '0x00'],
          ['short_message', '48 65 6C 6C 6F'],
        ],
      },
    ]);
  });

  it('has what the pool adds: sender, DLT ids and the tags they go by', () => {
    const pool = { from: 'PUMPCO', dltPeId: '1101172974420810001', dltTags: '1500,1501,1502' };
    const [pdu] = preview({ templateId: '1107172974420820002' }, pool);
    assert.equal(pdu!.source_addr, 'PUMPCO (TON 5, NPI 0)');
    assert.match(pdu!['TLV 1500']!, /^31 31 30 31 .* \(1101172974420810001\)$/);
    assert.match(pdu!['TLV 1501']!, /\(1107172974420820002\)$/);
    assert.equal(pdu!['TLV 1502'], undefined);
  });

  it('has a header on each segment, whose reference is chosen when it is sent', () => {
    const long = { text: 'a'.repeat(200) };
    const headers = (longMessage: MessageRequest['longMessage']): (string | undefined)[] =>
      preview({ ...long, longMessage }).map(({ UDH }) => UDH);
    assert.deepEqual(headers('udh'), ['05 00 03 ·· 02 01', '05 00 03 ·· 02 02']);
    assert.deepEqual(headers('udh16'), ['06 08 04 ·· ·· 02 01', '06 08 04 ·· ·· 02 02']);
    const [, sar] = preview({ ...long, longMessage: 'sar' });
    assert.deepEqual([sar!['TLV 020C'], sar!['TLV 020E'], sar!['TLV 020F']], ['·· ··', '02', '02']);
    const [payload] = preview({ ...long, longMessage: 'payload' });
    assert.match(payload!.message_payload!, /^(61 ){199}61$/);
  });

  it('leaves the text of a segment behind its header', () => {
    const [first] = preview({ text: 'न'.repeat(71) });
    assert.equal(first!.esm_class, '0x40');
    assert.equal(first!.data_coding, '0x08');
    assert.match(first!.short_message!, /^09 28 /);
  });

  it('is never more than a dialog can show', () => {
    assert.equal(preview({ text: 'a'.repeat(153 * 40) }).length, 12);
    const [payload] = preview({ text: 'a'.repeat(5000), longMessage: 'payload' });
    assert.match(payload!.message_payload!, /61 …$/);
    assert.ok(payload!.message_payload!.length < 1000);
  });

  it('refuses what the runtime would refuse, with its reason', () => {
    assert.throws(() => preview({ to: 'Bob' }), { code: 'SMPP_INVALID_INPUT', field: 'to' });
    assert.throws(() => preview({ peId: '1' }, { version: '3.3' }), { field: 'peId' });
  });
});

describe('The endpoint of the PDU preview', () => {
  afterEach(cleanUp);

  it('answers in words, whatever the body holds', async () => {
    await load(flow());
    const post = async (body: unknown): Promise<{ status: number; body: Record<string, any> }> =>
      helper
        .request()
        .post('/smpp-send/wire')
        .send(body as object);
    const good = await post({ message: MESSAGE, pool: { from: 'ALERTS' } });
    assert.deepEqual([good.status, good.body.pdus.length], [200, 1]);
    for (const body of [[], { message: [] }, { message: 'Hello' }, { message: 7 }, { message: MESSAGE, pool: [] }]) {
      const { status, body: answer } = await post(body);
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(answer.message, /is not a JSON object/);
    }
    const odd = [null, [], {}, 7, true, { toString: 1 }, [[MESSAGE]], nested(1000), 'x'.repeat(50_000), { tag: {} }];
    for (const field of [...Object.keys(MESSAGE), 'peId', 'tmId', 'from', 'encoding', 'tlvs', 'validity', 'schedule']) {
      for (const value of odd) {
        const { status, body } = await post({ message: { ...MESSAGE, [field]: value } });
        assert.equal(status, 200, `${field}: ${JSON.stringify(body)}`);
        assert.ok(
          Array.isArray(body.pdus) || /^[^\n]{10,300}$/.test(body.problem),
          `${field}: ${JSON.stringify(body)}`,
        );
      }
    }
    for (const field of ['version', 'from', 'dltTags', 'dltPeId', 'servers', 'name', 'credentials']) {
      for (const value of odd)
        assert.equal((await post({ message: MESSAGE, pool: { [field]: value } })).status, 200, field);
    }
  });
});
