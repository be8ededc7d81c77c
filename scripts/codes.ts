// Writes the tables of docs/codes.md from the code's own: npx tsx scripts/codes.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DELIVERY_CODES, type DeliveryCode } from '../src/receipt/code-table';
import { INDIA_CODES } from '../src/receipt/india-codes';
import { COMMAND_STATUSES, type StatusClass } from '../src/smpp/command-status';

const WHAT_HAPPENS: Readonly<Record<StatusClass, string>> = {
  ok: 'accepted',
  'retry-here': 'tried again until the message expires; the server is sent less',
  'retry-elsewhere': 'tried again, up to 5 times, on another server where there is one',
  refuse: 'refused at once',
  account: 'refused at once; every message would fare alike',
};

/** The page with its tables made anew; what stands outside the markers stays. */
export function withTables(page: string): string {
  const statuses = COMMAND_STATUSES.map(({ code, name, description, class: statusClass }) => {
    const number = `0x${code.toString(16).toUpperCase().padStart(2, '0')}`;
    return [number, `\`${name}\``, description, WHAT_HAPPENS[statusClass]];
  });
  const rowsOf = (codes: readonly DeliveryCode[]): string[][] =>
    codes.map(({ error, status, state, group, description, retryable }) => [
      `\`${error}\``,
      `\`${status}\``,
      state,
      group,
      description,
      retryable ? 'yes' : '',
    ]);
  const heads = ['error', 'status', 'state', 'group', 'meaning', 'may pass'];
  return [
    { name: 'statuses', head: ['number', 'code', 'meaning', 'what happens'], rows: statuses },
    { name: 'reports', head: heads, rows: rowsOf(DELIVERY_CODES) },
    { name: 'india', head: heads, rows: rowsOf(INDIA_CODES) },
  ].reduce((text, { name, head, rows }) => {
    const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
    const between = new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- /${name} -->)`);
    return text.replace(between, (_, begin: string, end: string) => `${begin}\n${lines.join('\n')}\n${end}`);
  }, page);
}

if (require.main === module) {
  const path = join(__dirname, '../docs/codes.md');
  writeFileSync(path, withTables(readFileSync(path, 'utf8')));
}
