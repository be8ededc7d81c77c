import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build as esbuild } from 'esbuild';
import { defineConfig } from 'tsup';
import { dialogDefaults } from './scripts/build/dialog-defaults';
import { page } from './src/simulator/page/page';

const OUT = 'dist/nodes';

const STYLE = '/*@@css:form@@*/';

/** The browser half of a node: one script, inlined where the template has its marker, so that the flow library can read it. */
async function editorScript(name: string): Promise<string> {
  const result = await esbuild({
    entryPoints: [`nodes/${name}.editor.ts`],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: ['es2020'],
    loader: { '.css': 'text' },
    plugins: [dialogDefaults],
    legalComments: 'none',
    charset: 'ascii',
  });
  return result.outputFiles[0]!.text.replaceAll('</script', '<\\/script');
}

async function template(file: string): Promise<void> {
  const name = basename(file, '.html');
  const marker = `/*@@editor:${name}@@*/`;
  const html = await readFile(join('nodes', file), 'utf8');
  if (!html.includes(marker)) throw new Error(`nodes/${file}: the marker ${marker} is missing`);
  const [script, style] = await Promise.all([editorScript(name), readFile('nodes/editor/form.css', 'utf8')]);
  await writeFile(
    join(OUT, file),
    html.replace(STYLE, () => style.trim()).replace(marker, () => script),
  );
}

/** Help is written as markdown; Node-RED reads it as HTML beside the catalogue. */
async function help(language: string): Promise<void> {
  const from = join('nodes/locales', language);
  const to = join(OUT, 'locales', language);
  await mkdir(to, { recursive: true });
  for (const file of await readdir(from)) {
    const name = basename(file, '.md');
    if (!file.endsWith('.md')) {
      await cp(join(from, file), join(to, file));
      continue;
    }
    const text = await readFile(join(from, file), 'utf8');
    await writeFile(
      join(to, `${name}.html`),
      `<script type="text/markdown" data-help-name="${name}">\n${text}</script>\n`,
    );
  }
}

/** The simulator's page as a module that holds its text. */
async function simulatorPage(): Promise<void> {
  const folder = 'dist/src/simulator/page';
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'page.js'), `exports.page = () => ${JSON.stringify(page())};\n`);
}

async function assets(): Promise<void> {
  await mkdir(OUT, { recursive: true });
  await simulatorPage();
  await Promise.all((await readdir('nodes')).filter((file) => file.endsWith('.html')).map(template));
  await Promise.all((await readdir('nodes/locales')).map(help));
  await cp('icons', join(OUT, 'icons'), { recursive: true });
  await cp('src/store/redis/lua', 'dist/src/store/redis/lua', { recursive: true });
}

export default defineConfig({
  entry: [
    'nodes/*.ts',
    '!nodes/*.editor.ts',
    'nodes/{pool-lifetime,send,admin}/**/*.ts',
    'src/**/*.ts',
    '!src/**/*.d.ts',
    '!src/simulator/page/**',
  ],
  outDir: 'dist',
  format: ['cjs'],
  platform: 'node',
  target: 'node20',
  // One output file a source file: bundling would give every node its own copy of the shared classes.
  bundle: false,
  splitting: false,
  // Maps double the package, and Node-RED does not read them.
  sourcemap: false,
  clean: true,
  // A node is the function itself, as Node-RED's own are: what loads nodes need not know of default exports. Other modules get plain
  // properties in place of getters, whose calls cost a tenth of the CPU of a pool at full load.
  footer: { js: 'module.exports = module.exports.default ?? { ...module.exports };' },
  dts: false,
  onSuccess: assets,
});
