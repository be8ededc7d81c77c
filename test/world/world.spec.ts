import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Breach } from './books';
import { profileOf, type Profile } from './profiles';
import { Program } from './program';
import { live, type Verdict } from './run';

/** A world that once showed a fault of the product. */
interface Regression {
  readonly seed: number;
  readonly profile: Profile;
  readonly minutes: number;
  /** What was wrong. */
  readonly was: string;
}

const SEEDS = 10;
const FOLDER = join(__dirname, 'seeds');
const REGRESSIONS = readdirSync(FOLDER).map(
  (file) => [file, JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Regression] as const,
);

let program: Program;

function assertUnbroken({ seed, profile, breaches }: Verdict): void {
  const words = ({ rule, words: found, key, at }: Breach): string =>
    `${rule}: ${found} (${key ?? ''}, at ${(at / 1000).toFixed(3)} s)`;
  const again = `npm run world -- --seed ${String(seed)} --profile ${profile}`;
  assert.deepEqual(breaches.map(words), [], `tells more: ${again}`);
}

/** Lives a world in a time zone. @returns what happened in it, as a digest */
async function story(
  zone: string,
): Promise<{ readonly digest: string; readonly lines: number; readonly verdict: Verdict }> {
  const before = process.env.TZ;
  process.env.TZ = zone;
  const hash = createHash('sha256');
  let lines = 0;
  try {
    const verdict = await live({
      ...{ seed: 3, profile: 'crash-storm', minutes: 2, program },
      trace: (at, words, key) => {
        lines += 1;
        hash.update(`${String(at)} ${words} ${String(key)}\n`);
      },
    });
    return { digest: hash.digest('hex'), lines, verdict };
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}

describe('a world', function () {
  // A world is all work: a busy machine takes its time.
  this.timeout(120_000);

  before(async () => {
    program = await Program.load();
  });

  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`of seed ${String(seed)} (${profileOf(seed)}) keeps every rule`, async () => {
      const verdict = await live({ seed, program });
      assertUnbroken(verdict);
      assert.ok(verdict.accepted > 0 && verdict.reports > 0);
    });
  }

  for (const [file, { seed, profile, minutes }] of REGRESSIONS) {
    it(`keeps every rule where one was broken once: ${file}`, async () => {
      assertUnbroken(await live({ seed, profile, minutes, program }));
    });
  }

  it('is the same each time it is lived, in every time zone', async () => {
    const one = await story('Asia/Kolkata');
    const other = await story('America/St_Johns');
    assert.ok(one.lines > 500 && one.verdict.lives > 1);
    assert.deepEqual(other, one);
  });
});
