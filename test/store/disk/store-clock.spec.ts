import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { isoTime } from '../../../src/base/clock';
import { skewAtStart, StoreClock } from '../../../src/store/disk/store-clock';
import { HandClock } from '../../support/clock';

const SECOND = 1000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TODAY = Date.UTC(2026, 10, 27, 12);

describe('the time of a store', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'store-clock-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** A process from its start to its end. */
  async function process(wall: number, live: (clock: StoreClock, system: HandClock) => void): Promise<void> {
    const system = new HandClock(wall);
    const clock = new StoreClock(folder, system);
    clock.start();
    live(clock, system);
    await clock.stop();
  }

  it('is that of the system where nobody corrects it', async () => {
    await process(TODAY, (clock) => {
      assert.equal(clock.now(), TODAY);
    });
    await process(TODAY + HOUR, (clock) => {
      assert.equal(clock.now(), TODAY + HOUR);
    });
  });

  it('goes on by seconds where the clock began in 1970 and is put right, also after a restart', async () => {
    let queuedAt = 0;
    await process(5 * SECOND, (clock, system) => {
      queuedAt = clock.now();
      system.turn(2 * SECOND);
      system.setWall(TODAY - system.now());
      system.turn(10 * SECOND);
      assert.equal(clock.now() - queuedAt, 12 * SECOND);
      assert.equal(isoTime(clock, clock.now()), new Date(TODAY + 10 * SECOND).toISOString());
      assert.equal(isoTime(clock, queuedAt), new Date(TODAY - 2 * SECOND).toISOString());
    });
    await process(TODAY + 20 * SECOND, (clock) => {
      assert.equal(clock.now() - queuedAt, 22 * SECOND);
      assert.equal(isoTime(clock, queuedAt), new Date(TODAY - 2 * SECOND).toISOString());
    });
  });

  it('goes on where the process ended before the clock was put right', async () => {
    let queuedAt = 0;
    await process(5 * SECOND, (clock, system) => {
      queuedAt = clock.now();
      system.turn(2 * SECOND);
    });
    await process(TODAY, (clock) => {
      assert.equal(clock.now() - queuedAt, 2 * SECOND);
    });
  });

  it('lets nothing wait for ever where the clock was years ahead', async () => {
    let queuedAt = 0;
    await process(TODAY + 1500 * DAY, (clock, system) => {
      queuedAt = clock.now();
      system.turn(SECOND);
      system.setWall(-1500 * DAY);
      system.turn(6 * SECOND);
    });
    await process(TODAY + HOUR, (clock) => {
      assert.equal(clock.now() - queuedAt, HOUR);
    });
  });

  it('never goes back, whatever the system shows at a start', async () => {
    await process(TODAY, () => undefined);
    await process(TODAY - 3 * DAY, (clock, system) => {
      assert.ok(clock.now() >= TODAY);
      system.turn(SECOND);
      assert.equal(clock.now(), TODAY + SECOND);
    });
  });

  it('begins with the system where its file is missing or damaged', () => {
    for (const text of ['', 'null', '{"skew":"x"}', '{"skew":1e999,"last":0}', '[]', '\u0000']) {
      writeFileSync(join(folder, 'clock.json'), text);
      assert.equal(new StoreClock(folder, new HandClock(TODAY)).now(), TODAY, text);
    }
  });

  it('runs on where the folder is gone', async () => {
    await process(TODAY, (clock, system) => {
      rmSync(folder, { recursive: true });
      system.setWall(HOUR);
      system.turn(HOUR);
      assert.equal(clock.now(), TODAY + HOUR);
    });
  });

  it('never goes back and never leaps, for any clock at any start', () => {
    const moment = fc.integer({ min: 0, max: 4 * 10 ** 12 });
    fc.assert(
      fc.property(moment, moment, fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), (wall, last, skew) => {
        const time = wall - skewAtStart({ skew, last }, wall);
        assert.ok(time >= last);
      }),
    );
  });
});
