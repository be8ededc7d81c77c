import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

let built: string | null = null;

/**
 * The page of the control port: one text without anything from elsewhere; it asks the control API once a second.
 * Put together at build time: what is shipped in place of this module holds the finished text, for esbuild is not there.
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
