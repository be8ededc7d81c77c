// Writes the tables of docs/reference.md from the settings table and the English catalogue: npx tsx scripts/reference.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { POOL_SETTINGS, SERVER_SETTINGS, type Setting } from '../src/pool/settings-table';

const ROOT = join(__dirname, '..');

type Words = Readonly<Record<string, string | Readonly<Record<string, string>>>>;
const CATALOGUE = (
  JSON.parse(readFileSync(join(ROOT, 'nodes/locales/en-US/smpp-pool.json'), 'utf8')) as {
    readonly 'smpp-pool': Readonly<Record<'label' | 'hint' | 'server', Words>>;
  }
)['smpp-pool'];

const number = (value: number): string => value.toLocaleString('en-US').replaceAll(',', ' ');

/** Which values a setting takes. */
function values(row: Setting): string {
  switch (row.kind) {
    case 'whole': {
      const range = row.max === undefined ? `${number(row.min)} or more` : `${number(row.min)} to ${number(row.max)}`;
      return row.unit === undefined ? range : `${range} ${row.unit}`;
    }
    case 'choice':
      return row.choices.map((choice) => `\`"${choice}"\``).join(', ');
    case 'flag':
      return '`true`, `false`';
    case 'text':
      return row.length === undefined ? 'text' : `text of at most ${row.length} characters`;
    case 'node':
      return `id of a \`${row.type}\` node`;
    case 'rows':
      return 'list of servers, see below';
  }
}

/** What the dialog says of it: the label, and the hint where it is one sentence for all choices. */
function meaning(name: string): string {
  const words = [CATALOGUE.label[name], CATALOGUE.hint[name]].filter((text) => typeof text === 'string');
  return words.length === 0 ? '' : words.map((text) => text.replace(/[.。]?$/, '.')).join(' ');
}

function table(settings: Readonly<Record<string, Setting>>, say: (name: string) => string): string {
  const rows = Object.entries(settings).map(([name, row]) => {
    const standard = row.default === null ? '' : `\`${JSON.stringify(row.default)}\``;
    const only = row.onlyWith ? ` With \`${row.onlyWith.name}\` \`"${row.onlyWith.value}"\` only.` : '';
    return [`\`${name}\``, standard, values(row), say(name) + only];
  });
  const lines = [['property', 'default', 'values', 'meaning'], ['---', '---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`).join('\n');
}

/** The page with its tables made anew; what stands outside the markers stays. */
export function withTables(page: string): string {
  const tables = {
    'pool settings': table(POOL_SETTINGS, meaning),
    'server settings': table(SERVER_SETTINGS, (name) => String(CATALOGUE.server[name] ?? '')),
  };
  return Object.entries(tables).reduce((text, [name, made]) => {
    const between = new RegExp(`(<!-- ${name} -->\n)[^]*?(\n<!-- /${name} -->)`);
    return text.replace(between, (_, begin: string, end: string) => `${begin}\n${made}\n${end}`);
  }, page);
}

if (require.main === module) {
  const path = join(ROOT, 'docs/reference.md');
  writeFileSync(path, withTables(readFileSync(path, 'utf8')));
}
