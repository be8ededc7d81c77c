import assert from 'node:assert/strict';
import { DeafBinds } from '../../src/pool/deaf-binds';

type Name = 'one' | 'two' | 'three';

/** Binds on a platform, second after second; each has had a receipt. */
class Listening {
  readonly deaf = new DeafBinds<Name>();
  readonly binds: readonly Name[];
  now = 1_700_000_000_000;

  constructor(binds: readonly Name[] = ['one', 'two']) {
    this.binds = binds;
    for (const bind of binds) this.deaf.bound(bind);
    for (const bind of binds) this.brings(bind);
  }

  brings(bind: Name, count = 1): void {
    for (let n = 0; n < count; n++) this.deaf.received(bind, this.now);
  }

  /** Looks every second; in each, these binds bring a receipt first. @returns the binds that were found, each once */
  passes(seconds: number, bringing: readonly Name[] = []): readonly Name[] {
    const found = new Set<Name>();
    for (let n = 0; n < seconds; n++) {
      this.now += 1000;
      for (const bind of bringing) this.brings(bind);
      for (const bind of this.deaf.find(this.binds, this.now, 0)) found.add(bind);
    }
    return [...found];
  }

  /** The process stands still; what came meanwhile is read before the late look, or after it. */
  stalls(milliseconds: number): readonly Name[] {
    this.now += milliseconds;
    return this.deaf.find(this.binds, this.now, milliseconds);
  }
}

describe('deaf binds', () => {
  it('bring nothing for a minute after the others brought enough', () => {
    const listening = new Listening();
    listening.brings('two', 40);
    assert.deepEqual(listening.passes(60, ['two']), []);
    assert.deepEqual(listening.passes(1, ['two']), ['one']);
  });

  it('are none where the others bring too few', () => {
    const listening = new Listening(['one', 'two', 'three']);
    listening.brings('two', 59);
    assert.deepEqual(listening.passes(300), []);
  });

  it('are none where each brings something now and then', () => {
    const listening = new Listening();
    for (let n = 0; n < 10; n++) {
      assert.deepEqual(listening.passes(59, ['two']), []);
      listening.brings('one');
    }
  });

  it('are none that never had a receipt on their session', () => {
    const listening = new Listening();
    listening.deaf.bound('one');
    assert.deepEqual(listening.passes(300, ['two']), []);
    listening.brings('one');
    assert.deepEqual(listening.passes(300, ['two']), ['one']);
  });

  it('are judged by nobody where one bind is alone', () => {
    const listening = new Listening(['one']);
    assert.deepEqual(listening.passes(300), []);
    listening.deaf.bound('two');
    listening.brings('two', 100);
    assert.deepEqual(listening.passes(300, ['two']), []);
  });

  it('may be several at a time', () => {
    const listening = new Listening(['one', 'two', 'three']);
    assert.deepEqual(listening.passes(300, ['three']), ['one', 'two']);
  });

  it('are none after a quiet night, by the first burst of the day', () => {
    const listening = new Listening();
    assert.deepEqual(listening.passes(8 * 3600), []);
    listening.brings('two', 1000);
    assert.deepEqual(listening.passes(59, ['two']), []);
    listening.brings('one');
    assert.deepEqual(listening.passes(59, ['two']), []);
  });

  it('are none where all of them fall silent', () => {
    const listening = new Listening();
    listening.brings('two', 1000);
    assert.deepEqual(listening.passes(20, ['two']), []);
    assert.deepEqual(listening.passes(600), []);
  });

  it('are none by receipts from before a minute in which nobody brought any', () => {
    const listening = new Listening();
    assert.deepEqual(listening.passes(50, ['two']), []);
    assert.deepEqual(listening.passes(61), []);
    assert.deepEqual(listening.passes(90, ['two']), []);
    assert.deepEqual(listening.passes(60, ['two']), ['one']);
  });

  for (const [when, first] of [
    ['before', true],
    ['after', false],
  ] as const) {
    it(`are none by a time in which we did not listen, where what came is read ${when} the late look`, () => {
      const listening = new Listening();
      listening.brings('two', 100);
      assert.deepEqual(listening.passes(40, ['two']), []);
      listening.now += first ? 50_000 : 0;
      if (first) {
        listening.brings('two', 100);
        assert.deepEqual(listening.deaf.find(listening.binds, listening.now, 50_000), []);
      } else {
        assert.deepEqual(listening.stalls(50_000), []);
        listening.brings('two', 100);
      }
      assert.deepEqual(listening.passes(5, ['two']), []);
      listening.brings('one');
      assert.deepEqual(listening.passes(60, ['two']), []);
    });
  }

  it('are found in spite of stalls, once they were silent for a minute of listening', () => {
    const listening = new Listening();
    listening.brings('two', 100);
    for (let n = 0; n < 6; n++) {
      assert.deepEqual(listening.passes(10, ['two']), []);
      assert.deepEqual(listening.stalls(400), []);
    }
    assert.deepEqual(listening.passes(2, ['two']), ['one']);
  });
});
