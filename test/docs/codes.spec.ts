import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTables } from '../../scripts/codes';

const ROOT = join(__dirname, '../..');

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(ROOT, folder, file), 'utf8'));
}

describe('docs/codes.md', () => {
  const page = readFileSync(join(ROOT, 'docs/codes.md'), 'utf8');

  it("holds the code's own tables (else: npm run docs)", () => {
    const plain = (text: string): string => text.replace(/ +/g, ' ').replace(/-{3,}/g, '---').replace(/\n+/g, '\n');
    assert.equal(plain(withTables(page)), plain(page));
    assert.match(page, /ESME_RTHROTTLED/);
    assert.match(page, /DLT-INV-TMID/);
  });

  it('explains every code of our own that an error can have', () => {
    const text = [...sources('src'), ...sources('nodes')].join('\n');
    const used = new Set([...text.matchAll(/'(SMPP_[A-Z_]+)'/g)].map(([, code]) => code!));
    // A broken PDU is the session's business and reaches no flow.
    for (const code of ['SMPP_FRAMING', 'SMPP_PDU']) used.delete(code);
    for (const code of used)
      assert.equal(page.split(`| \`${code}\` `).length - 1, 1, `docs/codes.md explains ${code} once`);
  });
});
