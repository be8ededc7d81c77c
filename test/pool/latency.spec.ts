import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Latencies, Rate } from '../../src/pool/latency';

describe('latencies', () => {
  it('are unknown before the first answer', () => {
    assert.deepEqual(new Latencies().percentiles(), { p50: null, p99: null });
  });

  it('are the percentiles of what was measured', () => {
    const latencies = new Latencies();
    for (let n = 100; n >= 1; n--) latencies.add(n);
    assert.deepEqual(latencies.percentiles(), { p50: 50, p99: 99 });
  });

  it('forget the old ones', () => {
    const latencies = new Latencies();
    for (let n = 0; n < 1000; n++) latencies.add(5000);
    for (let n = 0; n < 512; n++) latencies.add(1.26);
    assert.deepEqual(latencies.percentiles(), { p50: 1.3, p99: 1.3 });
  });
});

describe('the rate', () => {
  it('counts the submits of the last second, to a tenth', () => {
    const rate = new Rate();
    for (let at = 1_700_000_000_000; at < 1_700_000_003_000; at += 20) rate.add(at);
    const shown = rate.perSecond(1_700_000_003_000);
    assert.ok(shown >= 45 && shown <= 50, String(shown));
  });

  it('falls to nothing in silence', () => {
    const rate = new Rate();
    rate.add(1_700_000_000_000);
    assert.equal(rate.perSecond(1_700_000_000_900), 1);
    assert.equal(rate.perSecond(1_700_000_001_100), 0);
    assert.equal(rate.perSecond(1_700_000_900_000), 0);
  });

  it('is never more than what a second and never less than what nine tenths held', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400), { maxLength: 200 }), (gaps) => {
        const rate = new Rate();
        const times: number[] = [];
        let now = 1_700_000_000_000;
        for (const gap of gaps) {
          now += gap;
          times.push(now);
          rate.add(now);
        }
        const within = (span: number): number => times.filter((time) => time > now - span).length;
        assert.ok(rate.perSecond(now) <= within(1000));
        assert.ok(rate.perSecond(now) >= within(900));
      }),
    );
  });
});
