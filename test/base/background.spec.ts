import assert from 'node:assert/strict';
import { background, despiteFailure, ignoreFailure } from '../../src/base/background';

/** Lets every reaction that is due run; a rejection that nobody handles would fail the test, see test/support/rejections.ts. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('background', () => {
  it('logs the failure of a promise that nobody awaits, with what was being done', async () => {
    const lines: string[] = [];
    const log = { error: (text: string) => lines.push(text) };
    background(Promise.reject(new Error('the disk is full')), log, 'store');
    background(Promise.reject('no error at all' as never), log, 'unbind');
    background(Promise.resolve('well'), log, 'nothing');
    await turn();
    assert.deepEqual(lines, ['store: the disk is full', 'unbind: no error at all']);
  });

  it('has despiteFailure for what is awaited and may fail: its value, or undefined', async () => {
    assert.equal(await despiteFailure(Promise.resolve(7), 'why'), 7);
    assert.equal(await despiteFailure(Promise.reject(new Error('gone')), 'why'), undefined);
  });

  it('has ignoreFailure for what is not', async () => {
    ignoreFailure(Promise.reject(new Error('gone')), 'why');
    await turn();
  });
});
