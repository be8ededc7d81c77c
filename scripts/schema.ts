// Writes docs/node-red-smpp.schema.json and llms.txt from the settings table and the English catalogue: npx tsx scripts/schema.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OVERRIDES } from '../src/message/prepare';
import { POOL_SETTINGS, SERVER_SETTINGS, type Setting } from '../src/pool/settings-table';

const ROOT = join(__dirname, '..');
const words = (
  JSON.parse(readFileSync(join(ROOT, 'nodes/locales/en-US/smpp-pool.json'), 'utf8')) as {
    readonly 'smpp-pool': Readonly<Record<'label' | 'hint' | 'server', Readonly<Record<string, unknown>>>>;
  }
)['smpp-pool'];

type Schema = Readonly<Record<string, unknown>>;

/** Any text may be the name of an environment variable. */
const ENV: Schema = { type: 'string', pattern: '^\\$\\{[^}]+\\}$' };

function typeOf(row: Setting): Schema {
  switch (row.kind) {
    case 'whole':
      return {
        anyOf: [
          { type: 'integer', minimum: row.min, ...(row.max !== undefined && { maximum: row.max }) },
          { type: 'string', pattern: '^\\d*$' },
          ENV,
        ],
      };
    case 'choice':
      return { anyOf: [{ enum: row.choices }, ENV] };
    case 'flag':
      return { anyOf: [{ type: 'boolean' }, ENV] };
    case 'text':
      return { type: 'string' };
    case 'node':
      return { type: 'string', description: `id of a ${row.type} node` };
    case 'rows':
      return { type: 'array', items: { $ref: '#/$defs/server' } };
  }
}

function properties(settings: Readonly<Record<string, Setting>>, say: (name: string) => unknown): Schema {
  return Object.fromEntries(
    Object.entries(settings).map(([name, row]) => {
      const description = say(name);
      const about = typeof description === 'string' && { description };
      return [name, { ...typeOf(row), ...(row.default !== null && { default: row.default }), ...about }];
    }),
  );
}

const TYPED = ['msg', 'flow', 'global', 'str', 'env', 'jsonata'];
const text: Schema = { type: 'string' };
const typed = (...names: readonly string[]): Schema =>
  Object.fromEntries(
    names.flatMap((name) => [
      [name, text],
      [`${name}Type`, { enum: TYPED }],
    ]),
  );

/** The JSON schema of nodes in a flow file, and of the messages at their ports. */
export function schema(): string {
  const pool = { pool: { type: 'string', description: 'id of an smpp-pool node' }, name: text };
  const outcomes = ['accepted', 'refused', 'expired', 'unknown', 'invalid', 'overflow', 'failed', 'cancelled'];
  const found = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Nodes and messages of @smpp-nodes/node-red-smpp',
    $defs: {
      'smpp-pool': {
        type: 'object',
        properties: properties(POOL_SETTINGS, (name) => words.hint[name] ?? words.label[name]),
      },
      server: { type: 'object', properties: properties(SERVER_SETTINGS, (name) => words.server[name]) },
      'smpp-send': {
        type: 'object',
        properties: { ...pool, ...typed('to', 'from', 'text', 'peId', 'templateId', 'tmId', 'reference') },
      },
      'smpp-dlr-in': { type: 'object', properties: { ...pool, emit: { enum: ['message', 'segment'] } } },
      'smpp-status': { type: 'object', properties: { ...pool, events: { type: 'array', items: text } } },
      'message in': {
        type: 'object',
        properties: {
          topic: { description: 'recipients: a number, a comma-separated list or an array' },
          payload: { description: 'the text; a Buffer is sent as binary' },
          dlt: { type: 'object', properties: { peId: text, templateId: text, tmId: text } },
          reference: { description: 'any JSON; comes back as msg.sent.reference of the report' },
          sms: {
            type: 'object',
            properties: Object.fromEntries(OVERRIDES.map((name) => [name, {}])),
            additionalProperties: false,
          },
        },
      },
      'message out': {
        type: 'object',
        properties: {
          smpp: { type: 'object', properties: { outcome: { enum: outcomes }, id: text, to: text } },
          error: { type: 'object', properties: { message: text, code: text, cause: { type: 'object' } } },
        },
      },
    },
  };
  return `${JSON.stringify(found, null, 2)}\n`;
}

/** What an assistant that builds flows reads first. */
export function guide(): string {
  const settings = Object.keys(POOL_SETTINGS).join(', ');
  return `# @smpp-nodes/node-red-smpp

> Nodes for Node-RED that send SMS over SMPP through a shared pool of binds, with one outcome for every message and delivery reports.

- An smpp-pool (config node) has the servers and settings: ${settings}. Credentials: systemId, password.
- smpp-send takes msg.topic (recipients), msg.payload (text), msg.dlt (India), msg.reference, and msg.sms (${OVERRIDES.join(', ')}).
  Each recipient has one outcome: output 1 when accepted, else an error to a Catch node, or output 2 with failures "output".
- smpp-dlr-in emits delivery reports: msg.payload.state, .delivered, .group, .retryable; msg.sent.reference is that of the sent message.
- smpp-status emits pool.up, pool.degraded, pool.down and others; msg.action: status, connect, disconnect, drain.
- Numbers carry their country code (+447700900123), unless the pool has a country. A test platform: npx smpp-simulator.

## Docs

- [Schema of nodes and messages](docs/node-red-smpp.schema.json)
- [Reference](docs/reference.md): every setting, outcome, event and field
- [Codes](docs/codes.md): what an error or a report says, and what to do
- [Troubleshooting](docs/troubleshooting.md): by symptom and by status
- [Conformance](docs/conformance.md): what of SMPP is supported, by which test
- [Simulator](docs/simulator.md): numbers that fail on purpose
- [Examples](examples): flows to import
`;
}

if (require.main === module) {
  writeFileSync(join(ROOT, 'docs/node-red-smpp.schema.json'), schema());
  writeFileSync(join(ROOT, 'llms.txt'), guide());
}
