import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import vm from 'node:vm';
import { build, type Plugin } from 'esbuild';
import type * as Product from './product';

const ROOT = join(__dirname, '../..');

/** A change of one source file as it is loaded: a deliberate fault. */
export interface Patch {
  /** Path from the root of the repository. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly from: string;
  readonly to: string;
}

/**
 * What a simulated process has in place of the globals of Node.js that read time, draw lots or reach the outside. The
 * product's modules see these under the usual names.
 */
export interface Surroundings {
  readonly require: (name: string) => unknown;
  readonly process: unknown;
  readonly Date: unknown;
  readonly performance: unknown;
  readonly Math: unknown;
  readonly setTimeout: unknown;
  readonly clearTimeout: unknown;
  readonly setInterval: unknown;
  readonly clearInterval: unknown;
  readonly setImmediate: unknown;
  readonly console: unknown;
}

const NAMES = [
  'require',
  'process',
  'Date',
  'performance',
  'Math',
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'console',
] as const satisfies readonly (keyof Surroundings)[];

type Evaluate = (module: { exports: unknown }, exports: unknown, ...surroundings: readonly unknown[]) => void;

/**
 * The product, loaded as text, so that each simulated process runs modules of its own in surroundings of its own. Two
 * files are replaced: the LMDB file of a store, and its lock. The logic of the disk store is the product's.
 */
export class Program {
  readonly #evaluate: Evaluate;

  private constructor(text: string) {
    this.#evaluate = vm.compileFunction(text, ['module', 'exports', ...NAMES], {
      filename: 'product.cjs',
    }) as unknown as Evaluate;
  }

  static async load(patches: readonly Patch[] = []): Promise<Program> {
    const result = await build({
      entryPoints: [join(__dirname, 'product.ts')],
      bundle: true,
      write: false,
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      plugins: [replaced, patched(patches)],
      logLevel: 'error',
    });
    return new Program(result.outputFiles[0]!.text);
  }

  /** Runs the product's modules anew. @returns what product.ts exports */
  start(surroundings: Surroundings): typeof Product {
    const module = { exports: {} };
    this.#evaluate(module, module.exports, ...NAMES.map((name) => surroundings[name]));
    return module.exports as typeof Product;
  }
}

/** Files that a world has a model of. */
const replaced: Plugin = {
  name: 'replaced',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(store-file|lock)$/ }, ({ path, importer }) =>
      /src[\\/]store[\\/]disk[\\/]/.test(importer) ? { path: join(__dirname, `disk/${path.slice(2)}.ts`) } : undefined,
    );
  },
};

/** Changes files as they are loaded: the patches, and the folder that a file finds its own files in. */
function patched(patches: readonly Patch[]): Plugin {
  return {
    name: 'patched',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/](src|nodes)[\\/].*\.ts$/ }, async ({ path }) => {
        const file = relative(ROOT, path).replaceAll('\\', '/');
        let contents = await readFile(path, 'utf8');
        for (const { from, to } of patches.filter((patch) => patch.file === file)) {
          if (contents.split(from).length !== 2) throw new Error(`${file} does not have this once: ${from}`);
          contents = contents.replace(from, () => to);
        }
        return { contents: contents.replaceAll('__dirname', JSON.stringify(dirname(path))), loader: 'ts' };
      });
    },
  };
}
