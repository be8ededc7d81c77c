import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import { POOL_SETTINGS } from '../../../src/pool/settings-table';
import type { NodeType } from './dialog';
import { ROOT, TYPES, scripts } from './dialog';

/** Every property of a flow file and its default; `outputs` is the editor's own and follows `failures` and `incoming`. */
const DEFAULTS: Readonly<Record<NodeType, Readonly<Record<string, unknown>>>> = {
  'smpp-pool': Object.fromEntries(Object.entries(POOL_SETTINGS).map(([name, row]) => [name, row.default])),
  'smpp-send': {
    name: '',
    pool: '',
    to: 'topic',
    toType: 'msg',
    from: '',
    fromType: 'str',
    text: 'payload',
    textType: 'msg',
    peId: 'dlt.peId',
    peIdType: 'msg',
    templateId: 'dlt.templateId',
    templateIdType: 'msg',
    tmId: 'dlt.tmId',
    tmIdType: 'msg',
    reference: 'reference',
    referenceType: 'msg',
    encoding: 'auto',
    language: 'none',
    smartEncoding: false,
    longMessage: 'udh',
    operation: 'submit_sm',
    receipt: 'final',
    priority: 'normal',
    validity: '',
    schedule: '',
    flash: false,
    tlvs: [],
    failures: 'catch',
    outputs: 1,
  },
  'smpp-dlr-in': {
    name: '',
    pool: '',
    emit: 'message',
    intermediate: false,
    unmatched: true,
    scope: 'all',
    incoming: false,
    outputs: 1,
  },
  'smpp-status': { name: '', pool: '', events: ['pool.up', 'pool.degraded', 'pool.down'], interval: 0 },
};

const SHAPE: Readonly<Record<NodeType, Readonly<Record<string, unknown>>>> = {
  'smpp-pool': { category: 'config' },
  'smpp-send': { category: 'network', color: '#8FD0CE', inputs: 1, outputs: 1, icon: 'smpp-send.svg' },
  'smpp-dlr-in': { category: 'network', color: '#8FD0CE', inputs: 0, outputs: 1, icon: 'smpp-dlr-in.svg' },
  'smpp-status': { category: 'network', color: '#8FD0CE', inputs: 1, outputs: 1, icon: 'smpp-status.svg' },
};

/** `RED.nodes.registerType("literal", { … })` calls of a script, found in its text as the flow library finds them. */
function registrations(script: string): Map<string, ts.ObjectLiteralExpression> {
  const source = ts.createSourceFile('dialog.js', script, ts.ScriptTarget.ES2020, true, ts.ScriptKind.JS);
  const found = new Map<string, ts.ObjectLiteralExpression>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText(source) === 'RED.nodes.registerType') {
      const [type, definition] = node.arguments;
      assert.ok(type && ts.isStringLiteral(type), 'the type is a literal');
      assert.ok(definition && ts.isObjectLiteralExpression(definition), 'the definition is an inline object');
      found.set(type.text, definition);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function property(object: ts.ObjectLiteralExpression, name: string): ts.Expression {
  const found = object.properties.find((one) => one.name?.getText() === name);
  assert.ok(found && ts.isPropertyAssignment(found), `${name} is written out`);
  return found.initializer;
}

function literal(expression: ts.Expression): unknown {
  if (ts.isStringLiteral(expression)) return expression.text;
  if (ts.isNumericLiteral(expression)) return Number(expression.text);
  if (expression.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (expression.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (ts.isArrayLiteralExpression(expression)) return expression.elements.map(literal);
  assert.ok(ts.isObjectLiteralExpression(expression), `${expression.getText()} is a literal`);
  return Object.fromEntries(
    expression.properties.map((one) => [one.name!.getText(), literal((one as ts.PropertyAssignment).initializer)]),
  );
}

describe('the registration of each node type, as the flow library reads it', () => {
  for (const type of TYPES) {
    const found = (): ts.ObjectLiteralExpression => {
      const all = scripts(type).map(registrations);
      assert.deepEqual(
        all.flatMap((one) => [...one.keys()]),
        [type],
        'one type a file',
      );
      return all[0]!.get(type)!;
    };

    it(`${type}: no spread hides a property`, () => {
      assert.ok(!found().properties.some(ts.isSpreadAssignment));
    });

    it(`${type}: appearance and ports are literals`, () => {
      for (const [name, value] of Object.entries(SHAPE[type]))
        assert.deepEqual(literal(property(found(), name)), value, name);
    });

    it(`${type}: the defaults are the contract's, by name and value`, () => {
      const defaults = property(found(), 'defaults');
      assert.ok(ts.isObjectLiteralExpression(defaults));
      const values = defaults.properties.map((one) => {
        assert.ok(ts.isPropertyAssignment(one) && ts.isObjectLiteralExpression(one.initializer));
        return [one.name.getText(), literal(property(one.initializer, 'value'))];
      });
      assert.deepEqual(Object.fromEntries(values), DEFAULTS[type]);
    });
  }

  it('the three flow nodes name the pool as their config node', () => {
    for (const type of TYPES.slice(1)) {
      const defaults = property(registrations(scripts(type)[0]!).get(type)!, 'defaults') as ts.ObjectLiteralExpression;
      assert.equal(literal(property(property(defaults, 'pool') as ts.ObjectLiteralExpression, 'type')), 'smpp-pool');
    }
  });

  it('passwords are credentials of the type that never reaches the browser', () => {
    const pool = registrations(scripts('smpp-pool')[0]!).get('smpp-pool')!;
    const credentials = property(pool, 'credentials') as ts.ObjectLiteralExpression;
    const types = credentials.properties.map(({ name }) => {
      const credential = property(credentials, name!.getText()) as ts.ObjectLiteralExpression;
      return [name!.getText(), literal(property(credential, 'type'))];
    });
    assert.deepEqual(Object.fromEntries(types), {
      systemId: 'text',
      password: 'password',
      redisUser: 'text',
      redisPassword: 'password',
    });
  });

  it('each built node is the function that Node-RED calls', () => {
    const load = createRequire(__filename);
    for (const type of TYPES) assert.equal(typeof load(join(ROOT, `dist/nodes/${type}.js`)), 'function', type);
  });

  it('each icon lies beside the built node', () => {
    for (const type of TYPES.slice(1))
      assert.ok(existsSync(join(ROOT, 'dist/nodes/icons', String(SHAPE[type].icon))), type);
  });
});
