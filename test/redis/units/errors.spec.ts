import assert from 'node:assert/strict';
import { isUnavailable, meansLost, passes, passingRefusal, refusedLogin, wordsOf } from '../../../src/redis/errors';
import { SmppError } from '../../../src/base/errors';

describe('what Redis and its client say of an error', () => {
  it('asks for another connection where this one, or its server, is of no use any more', () => {
    for (const text of [
      'the connection was lost',
      'no answer in 4 s',
      'connect ECONNREFUSED 127.0.0.1:6379',
      "READONLY You can't write against a read only replica.",
      'CLUSTERDOWN The cluster is down',
      'Too many Cluster redirections. Last error: …',
    ]) {
      assert.equal(meansLost(text), true, text);
      assert.equal(passingRefusal(text), null, text);
    }
  });

  it('tells what passes from what the next try meets again', () => {
    assert.equal(passingRefusal("OOM command not allowed when used memory > 'maxmemory'.")?.code, 'SMPP_STORE_FULL');
    for (const text of [
      'LOADING Redis is loading the dataset in memory',
      'BUSY a script runs',
      'TRYAGAIN',
      'MISCONF',
    ]) {
      const error = passingRefusal(text);
      assert.equal(error?.code, 'SMPP_STORE_UNAVAILABLE', text);
      assert.ok(isUnavailable(error) && passes(error));
    }
    for (const text of ['WRONGTYPE Operation against a key', 'ERR unknown command']) {
      assert.equal(passingRefusal(text), null, text);
      assert.equal(meansLost(text), false, text);
    }
    assert.equal(passes(new SmppError('SMPP_STORE_FULL', '')), true);
    assert.equal(passes(new Error('OOM')), false);
  });

  it('knows a login that will be refused the next time too, and waits for a sentinel that asks for one', () => {
    assert.equal(refusedLogin('WRONGPASS invalid username-password pair')?.code, 'SMPP_STORE_UNAVAILABLE');
    assert.equal(refusedLogin('no sentinel answers (NOAUTH Authentication required.)'), null);
    assert.equal(refusedLogin('connect ECONNREFUSED'), null);
  });

  it('says a command that timed out in words', () => {
    assert.equal(wordsOf(new Error('Command timed out')), 'no answer in 4 s');
    assert.equal(wordsOf('odd'), 'odd');
  });
});
