import { MUTANTS } from './mutants';
import { Program } from './program';
import { live } from './run';

/** Worlds in which a mutant has to be found. */
const SEEDS = 200;

interface Find {
  readonly seed: number;
  readonly rule: string;
}

/** The first world of these that finds the mutant: one in which the product itself breaks no rule. */
async function find(mutant: Program, product: Program, seeds: Iterable<number>): Promise<Find | null> {
  for (const seed of seeds) {
    const [breach] = (await live({ seed, program: mutant })).breaches;
    if (!breach) continue;
    const { breaches } = await live({ seed, program: product });
    if (breaches.length === 0) return { seed, rule: breach.rule };
    console.log(`seed ${String(seed)} is broken without a mutant`);
  }
  return null;
}

/** Tries each mutant in the world that has found it before, then in worlds 1 to 200. Words choose mutants by name. */
async function main(): Promise<void> {
  const words = process.argv.slice(2);
  const product = await Program.load();
  let escaped = 0;
  for (const mutant of MUTANTS.filter(({ name }) => words.every((word) => name.includes(word)))) {
    const program = await Program.load([mutant]);
    const seeds = [mutant.seed, ...Array.from({ length: SEEDS }, (_, index) => index + 1)];
    const found = await find(program, product, seeds);
    if (!found) escaped += 1;
    console.log(`${mutant.name}: ${found ? `found by seed ${String(found.seed)}: ${found.rule}` : 'ESCAPED'}`);
  }
  console.log(`${String(escaped)} mutants escaped`);
  process.exitCode = escaped > 0 ? 1 : 0;
}

void main();
