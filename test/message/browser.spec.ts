import assert from 'node:assert/strict';
import vm from 'node:vm';
import { build } from 'esbuild';

describe('The segment counter in a browser', () => {
  it('counts without Buffer and without any module of Node.js', async () => {
    const bundled = await build({
      entryPoints: ['src/message/segment.ts'],
      bundle: true,
      write: false,
      format: 'iife',
      globalName: 'counter',
      platform: 'browser',
      target: 'es2020',
    });
    const units: unknown = vm.runInNewContext(
      `${bundled.outputFiles[0]!.text}
       JSON.stringify(['€'.repeat(81), 'न'.repeat(71)].map((text) =>
         counter.segmentText(text, { encoding: 'auto', smartEncoding: true, longMessage: 'udh' }).segments.map(({ units }) => units)))`,
    );
    assert.equal(units, '[[152,10],[67,4]]');
  });
});
