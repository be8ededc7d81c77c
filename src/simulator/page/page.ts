import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

let built: string | null = null;

/**
 * The page of the control port as one HTML text that loads nothing else. It asks the control API once a second.
 * The package ships the finished text in place of this module, because esbuild is not installed there.
 */
export function page(): string {
  built ??= build();
  return built;
}

function build(): string {
  const read = (file: string): string => readFileSync(join(__dirname, file), 'utf8');
  const { outputFiles } = buildSync({
    entryPoints: [join(__dirname, 'page.browser.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: ['es2020'],
    charset: 'ascii',
    legalComments: 'none',
  });
  const script = outputFiles[0]!.text.replaceAll('</script', '<\\/script');
  return read('page.html')
    .replace('/*@@css@@*/', () => read('page.css').trim())
    .replace('/*@@script@@*/', () => script.trim());
}
