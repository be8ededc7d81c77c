import { strict as assert } from 'node:assert';
import { COMMAND, commandId, commandLength, commandStatus, isResponse, sequenceNumber } from '../../src/smpp/commands';
import { commands } from '../../src/smpp/library';

describe('commands', () => {
  for (const [name, id] of Object.entries(COMMAND)) {
    it(`${name} has the id that the library gives it`, () => assert.equal(id, commands[name]!.id));
  }

  it('the response bit makes a response, known or not', () => {
    assert.equal(isResponse(COMMAND.generic_nack), true);
    assert.equal(isResponse(COMMAND.submit_sm_resp), true);
    assert.equal(isResponse(0xffffffff), true);
    assert.equal(isResponse(COMMAND.submit_sm), false);
    assert.equal(isResponse(0x7fffffff), false);
  });

  it('the header is read as unsigned integers', () => {
    const frame = Buffer.from('00000010800000ff f00000010fffffff'.replace(' ', ''), 'hex');
    assert.deepEqual(
      [commandLength(frame), commandId(frame), commandStatus(frame), sequenceNumber(frame)],
      [16, 0x800000ff, 0xf0000001, 0x0fffffff],
    );
  });
});
