import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';
import { POOL_SETTINGS, type Setting } from '../../src/pool/settings-table';

const CALL = /\bdialogDefaults\((\w+)\)/g;

/** The properties of a pool for `registerType`, as source text; the validators are those of the object `validators`. */
export function defaultsLiteral(validators: string): string {
  const properties = Object.entries<Setting>(POOL_SETTINGS).map(([name, row]) => {
    const rest = row.kind === 'node' ? `type: '${row.type}', required: false` : `validate: ${validators}.${name}`;
    return `${name}: { value: ${JSON.stringify(row.default)}, ${rest} }`;
  });
  return `{ ${properties.join(', ')} }`;
}

/** Writes out what `dialogDefaults` stands for: the flow library reads a script's text and does not run it. */
export const dialogDefaults: Plugin = {
  name: 'dialog-defaults',
  setup(build) {
    build.onLoad({ filter: /\.editor\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      return {
        contents: text.replace(CALL, (_call, validators: string) => defaultsLiteral(validators)),
        loader: 'ts',
      };
    });
  },
};
