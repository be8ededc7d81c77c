import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeType } from './dialog';
import { ROOT, TYPES, definition } from './dialog';

interface FlowNode {
  readonly [property: string]: unknown;
  readonly id: string;
  readonly type: string;
  readonly wires?: readonly (readonly string[])[];
}

/** What Node-RED brings; an example asks for nothing else. */
const CORE = [
  'tab',
  'group',
  'comment',
  'inject',
  'debug',
  'catch',
  'status',
  'function',
  'switch',
  'change',
  'delay',
  'trigger',
  'link in',
  'link out',
  'template',
  'csv',
  'join',
  'http in',
  'http response',
  'http request',
];

const FOLDER = join(ROOT, 'examples');
const FILES = readdirSync(FOLDER);

function nodesOf(file: string): FlowNode[] {
  return JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as FlowNode[];
}

function isOurs(node: FlowNode): node is FlowNode & { readonly type: NodeType } {
  return (TYPES as readonly string[]).includes(node.type);
}

/** Properties that every node has. */
const EDITORS_OWN = ['id', 'type', 'z', 'g', 'x', 'y', 'wires', 'info', 'outputs'];

describe('the examples of the import menu', () => {
  it('show every node type', () => {
    const types = new Set(FILES.flatMap(nodesOf).map((node) => node.type));
    assert.deepEqual(
      TYPES.filter((type) => !types.has(type)),
      [],
    );
  });

  it('can lie side by side: no id twice but that of the pool, which is the same in all of them', () => {
    const all = FILES.flatMap(nodesOf);
    const pools = all.filter((node) => node.type === 'smpp-pool');
    for (const pool of pools) assert.deepEqual(pool, pools[0]);
    const ids = all.filter((node) => node.type !== 'smpp-pool').map((node) => node.id);
    assert.equal(new Set(ids).size, ids.length);
  });

  for (const file of FILES) {
    describe(file, () => {
      const nodes = nodesOf(file);

      it('needs no nodes but the core ones and ours', () => {
        const unknown = nodes.filter((node) => !isOurs(node) && !CORE.includes(node.type));
        assert.deepEqual(
          unknown.map((node) => node.type),
          [],
        );
      });

      it('explains itself in a comment', () => {
        assert.ok(nodes.some((node) => node.type === 'comment' && String(node.info).length > 100));
      });

      it('has ids of 16 hex digits, each once, and no wire or reference into the void', () => {
        const ids = nodes.map((node) => node.id);
        assert.equal(new Set(ids).size, ids.length);
        for (const id of ids) assert.match(id, /^[0-9a-f]{16}$/);
        for (const node of nodes) {
          for (const target of node.wires?.flat() ?? []) assert.ok(ids.includes(target), `a wire of ${node.id}`);
          for (const reference of ['z', 'g', 'pool']) {
            if (typeof node[reference] === 'string')
              assert.ok(ids.includes(node[reference]), `${reference} of ${node.id}`);
          }
        }
      });

      it("gives our nodes no property that the dialog does not know, and each passes the dialog's own check", () => {
        for (const node of nodes.filter(isOurs)) {
          const { defaults } = definition(node.type);
          const unknown = Object.keys(node).filter((name) => !(name in defaults) && !EDITORS_OWN.includes(name));
          assert.deepEqual(unknown, [], node.type);
          for (const [name, { value, validate }] of Object.entries(defaults)) {
            const self = { ...node, _: (key: string) => key };
            if (validate) assert.equal(validate.call(self, node[name] ?? value, {}), true, `${node.type}.${name}`);
          }
        }
      });

      it('holds no credentials', () => {
        for (const node of nodes) assert.ok(!('credentials' in node) && !('password' in node) && !('systemId' in node));
      });
    });
  }
});
