import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

describe('docs/troubleshooting.md', () => {
  const page = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8');
  const statuses = page.slice(page.indexOf('## Each status'));

  it('says what to do about every status that a node can show', () => {
    const fixed = (text: string): string =>
      text
        .replace(/__\w+__/g, '')
        .replace(/\W+/g, ' ')
        .trim();
    const named = Array.from(statuses.matchAll(/`([^`]+)`/g), ([, text]) => fixed(text!.replace(/\d+/g, '')));
    for (const type of ['smpp-pool', 'smpp-send', 'smpp-dlr-in', 'smpp-status']) {
      const file = join(ROOT, 'nodes/locales/en-US', `${type}.json`);
      const { status } = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, { status: Record<string, string> }>)[
        type
      ]!;
      for (const text of Object.values(status)) assert.ok(named.includes(fixed(text)), `${type}: ${text}`);
    }
  });
});
