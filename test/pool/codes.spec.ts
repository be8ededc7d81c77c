import assert from 'node:assert/strict';
import { DELIVERY_CODES } from '../../src/receipt/code-table';
import { commandStatus } from '../../src/smpp/command-status';
import { closeAll, portOf, simulate } from '../simulator/running';
import { closePools, poolSettings, runPool } from '../support/pool-run';

/** The command_status values of the platform's own table. */
const STATUSES = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x11, 0x13, 0x14, 0x15, 0x33,
  0x34, 0x40, 0x42, 0x43, 0x44, 0x45, 0x48, 0x49, 0x50, 0x51, 0x53, 0x54, 0x55, 0x58, 0x61, 0x62, 0x63, 0x64, 0x65,
  0x66, 0x67, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xfe, 0xff, 0x100, 0x101, 0x102, 0x103, 0x104, 0x105, 0x106, 0x40b,
];

describe('every code of the platform, end to end', () => {
  afterEach(async () => {
    await closePools();
    await closeAll();
  });

  it('tells every submit status by its name, in words, with its class', async function () {
    this.timeout(60_000);
    assert.equal(STATUSES.length, 55);
    const simulator = await simulate({ servers: 1 });
    const run = await runPool(poolSettings([portOf(simulator)], { window: 100 }));
    const again = STATUSES.filter((code) => commandStatus(code).class.startsWith('retry'));
    const atOnce = STATUSES.filter((code) => !again.includes(code));
    const ids = new Map(atOnce.map((code) => [run.send(`9198${recipient(code)}`), code]));
    for (const outcome of await run.outcomes.many(atOnce.length)) {
      const { code, name, description } = commandStatus(ids.get(outcome.id)!);
      assert.equal(outcome.kind, 'refused');
      assert.equal(outcome.error?.code, name);
      assert.equal(outcome.error?.cause?.commandStatus, code);
      assert.ok(outcome.error?.message.includes(description));
    }
    assert.deepEqual(again, [0x08, 0x14, 0x45, 0x58, 0x64, 0xfe]);
  });

  it('tells every delivery code with its state, group and words', async () => {
    const simulator = await simulate({ servers: 2 });
    const run = await runPool(poolSettings([portOf(simulator, 1), portOf(simulator, 2)], { window: 100 }));
    assert.equal(DELIVERY_CODES.length, 63);
    for (const { error } of DELIVERY_CODES) run.send(`919876000${error}`);
    await run.reports.many(DELIVERY_CODES.length);
    for (const { error, status, description, group, state, retryable } of DELIVERY_CODES) {
      const report = run.reports.all.find(({ to }) => to === `919876000${error}`);
      assert.ok(report, error);
      assert.deepEqual(
        {
          error: report.error,
          status: report.status,
          group: report.group,
          state: report.state,
          retryable: report.retryable,
        },
        { error, status, group, state, retryable },
      );
      assert.equal(report.description, description);
      assert.equal(report.final, true);
      assert.equal(report.matched, true);
    }
  });
});

/** The magic recipient that makes the simulator answer so: 10 and the status as four decimal digits. */
function recipient(code: number): string {
  return `10${String(code).padStart(4, '0')}`;
}
