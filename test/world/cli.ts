import { PROFILES, type Profile } from './profiles';
import { Program } from './program';
import { live, type Verdict } from './run';

const USAGE = 'npm run world -- [--seeds N] [--from N] [--seed N] [--minutes M] [--profile NAME] [--trace]';
/** Lines of a message's story that a failure shows. */
const LAST = 40;

interface Options {
  readonly seeds: readonly number[];
  readonly minutes: number;
  readonly profile: Profile | undefined;
  readonly trace: boolean;
}

function read(given: readonly string[]): Options {
  const values = new Map<string, string>();
  for (let at = 0; at < given.length; at++) {
    const name = given[at]!;
    if (!['--seeds', '--from', '--seed', '--minutes', '--profile', '--trace'].includes(name)) throw new Error(USAGE);
    values.set(name, name === '--trace' ? 'yes' : (given[++at] ?? ''));
  }
  const whole = (name: string, otherwise: number): number => {
    const value = Number(values.get(name) ?? otherwise);
    if (!(value >= 0)) throw new Error(`${name}: a number is needed. ${USAGE}`);
    return value;
  };
  const profile = values.get('--profile') as Profile | undefined;
  if (profile !== undefined && !PROFILES.includes(profile)) throw new Error(`--profile: one of ${PROFILES.join(', ')}`);
  const from = whole('--from', 1);
  const seeds = values.has('--seed')
    ? [whole('--seed', 1)]
    : Array.from({ length: whole('--seeds', 100) }, (_, index) => from + index);
  return { seeds, minutes: whole('--minutes', 3), profile, trace: values.has('--trace') };
}

function line(at: number, words: string, key: string | null): string {
  return `${(at / 1000).toFixed(3).padStart(9)} ${key === null ? '' : `${key}: `}${words}`;
}

/** Tells a failure, with the last events of the message concerned: the same seed gives the same story again. */
async function tell(verdict: Verdict, options: Options, program: Program): Promise<void> {
  const { seed, profile, breaches } = verdict;
  const [breach] = breaches;
  const story: string[] = [];
  const general: string[] = [];
  await live({
    ...{ seed, profile, minutes: options.minutes, program },
    trace: (at, words, key) => {
      if (key !== null && key === breach!.key) story.push(line(at, words, key));
      else if (key === null) general.push(line(at, words, key));
    },
  });
  console.log(`seed ${String(seed)}, profile ${profile}: broken: ${breach!.rule}`);
  console.log(
    `  at ${(breach!.at / 1000).toFixed(3)} s: ${breach!.words}${breach!.key === null ? '' : ` (${breach!.key})`}`,
  );
  for (const one of story.slice(-LAST)) console.log(`  ${one}`);
  if (story.length === 0) for (const one of general.slice(-LAST)) console.log(`  ${one}`);
  console.log(
    `  the whole story: npm run world -- --seed ${String(seed)} --profile ${profile} --minutes ${String(options.minutes)} --trace`,
  );
}

async function main(): Promise<void> {
  const options = read(process.argv.slice(2));
  const program = await Program.load();
  const began = performance.now();
  let [failed, simulated, messages] = [0, 0, 0];
  for (const seed of options.seeds) {
    const trace = options.trace
      ? (at: number, words: string, key: string | null) => console.log(line(at, words, key))
      : undefined;
    const { minutes, profile } = options;
    const verdict = await live({ seed, minutes, program, ...(profile && { profile }), ...(trace && { trace }) });
    simulated += verdict.time;
    messages += verdict.messages;
    if (verdict.breaches.length === 0) continue;
    failed += 1;
    await tell(verdict, options, program);
  }
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `${String(options.seeds.length)} worlds, ${String(failed)} broken; ${String(messages)} messages; ` +
      `${String(Math.round(simulated / 1000))} simulated seconds in ${seconds.toFixed(1)} s`,
  );
  process.exitCode = failed > 0 ? 1 : 0;
}

void main();
