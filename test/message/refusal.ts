import assert from 'node:assert/strict';
import { InvalidInputError } from '../../src/base/errors';

/** For assert.throws: an InvalidInputError of this field whose text says this. */
export function refusal(field: string, message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof InvalidInputError, String(error));
    assert.equal(error.code, 'SMPP_INVALID_INPUT');
    assert.equal(error.field, field);
    assert.deepEqual(error.cause, { field });
    assert.match(error.message, message);
    return true;
  };
}
