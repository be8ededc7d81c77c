import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { Node, NodeAPI, NodeMessage } from 'node-red';
import { requestReader, type Request, type SendDef } from '../../../nodes/send/request';
import { InvalidInputError } from '../../../src/base/errors';

const { util } = createRequire(__filename)('@node-red/util') as { util: object };
const RED = { util } as unknown as NodeAPI;
const say = (key: string, values?: object): string => `${key} ${JSON.stringify(values)}`;

function reader(def: object): ReturnType<typeof requestReader> {
  return requestReader(RED, { id: 'send' } as Node, def as SendDef, say);
}

function read(def: object, msg: object): Request {
  return reader(def)(msg as NodeMessage) as Request;
}

describe('what a flow’s message asks for', () => {
  const dlt = { peId: '1', templateId: '2', tmId: '3' };

  it('is read from where a new node looks', () => {
    const { to, toPath, message, reference } = read({}, { topic: '123', payload: 'Hello', dlt, reference: { n: 1 } });
    assert.deepEqual([to, toPath, reference], ['123', ['topic'], { n: 1 }]);
    const { text, from, peId, templateId, tmId } = message;
    assert.deepEqual([text, from, peId, templateId, tmId], ['Hello', '', '1', '2', '3']);
  });

  it('is read from where the dialog says, with the node’s own settings', () => {
    const def = {
      ...{ to: 'call.number', toType: 'msg', from: 'ALERTS', fromType: 'str', text: 'words', textType: 'str' },
      ...{ encoding: 'ucs2', receipt: 'none', flash: true, validity: '60' },
    };
    const { to, toPath, message } = read(def, { call: { number: '123' } });
    assert.deepEqual([to, toPath], ['123', ['call', 'number']]);
    const { text, from, encoding, receipt, flash, validity } = message;
    assert.deepEqual([text, from, encoding, receipt, flash, validity], ['words', 'ALERTS', 'ucs2', 'none', true, '60']);
  });

  it('waits for what is slow', async () => {
    const request = await reader({ text: '"a" & "b"', textType: 'jsonata' })({ topic: '1' } as unknown as NodeMessage);
    assert.equal(request.message.text, 'ab');
  });

  it('has the values of the TLVs', () => {
    const tlvs = [{ tag: '1403', type: 'octets', value: 'order', valueType: 'msg' }, { tag: '1404', value: 5 }, null];
    assert.deepEqual(read({ tlvs }, { order: 'x' }).message.tlvs, [
      { tag: '1403', type: 'octets', value: 'x' },
      { tag: '1404', type: undefined, value: '5' },
      { tag: undefined, type: undefined, value: undefined },
    ]);
  });

  it('leaves what is no list of TLVs to be refused where the PDUs are made', () => {
    assert.equal(read({ tlvs: '1403' }, {}).message.tlvs, '1403');
  });

  describe('by msg.sms', () => {
    it('comes before the node', () => {
      const { message } = read({ encoding: 'gsm7', from: 'NODE' }, { sms: { encoding: 'ucs2', validity: 5 } });
      assert.deepEqual([message.encoding, message.validity, message.from], ['ucs2', 5, 'NODE']);
    });

    it('is refused with an unknown key', () => {
      assert.throws(() => read({}, { sms: { form: 'X' } }), InvalidInputError);
    });
  });

  it('says where a value was looked for, and that the pool was asked too', () => {
    const { placeOf } = read({ from: 'sender', fromType: 'msg' }, { sms: { validity: -1 }, payload: 'x' });
    assert.deepEqual(['to', 'text', 'validity', 'from', 'tmId', 'encoding'].map(placeOf), [
      'msg.topic',
      'msg.payload',
      'msg.sms.validity',
      'msg.sender, then the pool',
      'msg.dlt.tmId, then the pool',
      undefined,
    ]);
  });

  it('cannot be read while a setting names an environment variable that is not set', () => {
    const unset = reader({ validity: '${SMPP_TEST_NONE}' });
    assert.throws(
      () => unset({} as NodeMessage),
      (error) => error instanceof InvalidInputError && error.field === 'validity',
    );
  });
});
