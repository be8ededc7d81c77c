import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runInNewContext } from 'node:vm';

export const ROOT = resolve(__dirname, '../../..');
export const TYPES = ['smpp-pool', 'smpp-send', 'smpp-dlr-in', 'smpp-status'] as const;
export type NodeType = (typeof TYPES)[number];

export type Catalogue = { readonly [key: string]: string | Catalogue };

export function catalogue(type: NodeType): Catalogue {
  return JSON.parse(readFileSync(join(ROOT, 'nodes/locales/en-US', `${type}.json`), 'utf8')) as Catalogue;
}

/** Every key of a catalogue, dotted. */
export function keysOf(tree: Catalogue, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key] : keysOf(value, `${prefix}${key}.`),
  );
}

/** The text of a key with its placeholders filled; fails where the catalogue has no such key. */
export function translate(type: NodeType, key: string, values: Readonly<Record<string, unknown>> = {}): string {
  const find = (name: string): unknown =>
    name.split('.').reduce<unknown>((tree, part) => (tree as Catalogue | undefined)?.[part], catalogue(type));
  const plural = typeof values.count === 'number' ? `_${new Intl.PluralRules('en').select(values.count)}` : '';
  const text = find(key) ?? find(key + plural);
  assert.equal(typeof text, 'string', `${type}: no text for ${key}`);
  return (text as string).replace(/__(\w+)__/g, (_match, name: string) => String(values[name]));
}

/** The built template, as Node-RED serves it. */
export function template(type: NodeType): string {
  return readFileSync(join(ROOT, 'dist/nodes', `${type}.html`), 'utf8');
}

/** The scripts that the editor runs; the form templates are text/html. */
export function scripts(type: NodeType): string[] {
  return [...template(type).matchAll(/<script type="text\/javascript">([\s\S]*?)<\/script>/g)].map(
    (match) => match[1]!,
  );
}

export interface Definition {
  readonly defaults: Readonly<
    Record<string, { value: unknown; validate?: (value: unknown, opt: object) => true | string }>
  >;
  readonly outputLabels?: (index: number) => string;
  readonly label: () => string;
}

/** What the built script registers, with an editor that knows no more than a closed dialog needs. */
export function definition(type: NodeType): Definition {
  const registered = new Map<string, Definition>();
  const noField = { val: (): undefined => undefined };
  const RED = {
    _: (key: string) => translate(type, key.slice(key.indexOf(':') + 1)),
    nodes: {
      registerType: (name: string, found: Definition) => registered.set(name, found),
      getType: (name: NodeType) => ({
        _: (key: string, values?: Record<string, unknown>) => translate(name, key, values),
      }),
    },
    utils: { validateTypedProperty: (value: string) => value !== 'a..b' || 'not a property' },
  };
  for (const script of scripts(type)) runInNewContext(script, { RED, $: () => noField, Intl, Uint8Array });
  const found = registered.get(type);
  assert.ok(found, `${type} is not registered`);
  return found;
}
