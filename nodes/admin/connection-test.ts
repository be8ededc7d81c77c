import type { NodeAPI, NodeDef } from 'node-red';
import { probe } from '../../src/pool/probe';
import type { ProbeProblem, ProbeStep } from '../../src/pool/probe-step';
import { POOL_SETTINGS, type PoolSettingName } from '../../src/pool/settings-table';
import { serve } from './endpoint';
import type { PoolNode } from '../pool-lifetime/pool-node';
import { readPoolConfig, type PoolDef, type Say, type TlsNode } from '../pool-lifetime/pool-config';

/** Characters of a value; the longest that a bind can carry has a tenth of it. */
const LONGEST_VALUE = 2000;
/** Tests of one server at a time, whoever asks: one that does not answer keeps nobody from testing another. */
const MOST_TESTS = 3;
/** What the editor holds in place of a password that is stored. */
const STORED = '__PWRD__';
const ENV = /^\$\{(\S+)\}$/;

/** Properties of the pool that make a bind what it is; of the server's row besides: host, port, tls. */
const FIELD_NAMES = [
  'bindMode',
  'version',
  'systemType',
  'addressRange',
  'addrTon',
  'addrNpi',
  'tls',
  'tlsMinVersion',
] as const satisfies readonly PoolSettingName[];
const FIELDS = Object.fromEntries(FIELD_NAMES.map((name) => [name, String(POOL_SETTINGS[name].default)])) as Fields;

type Field = (typeof FIELD_NAMES)[number];
type Fields = Readonly<Record<Field, string>>;

interface Row {
  readonly host: string;
  readonly port: string;
  readonly tls: boolean;
}

/** What the pool's dialog shows now, saved or not. */
interface Form {
  readonly server: Row;
  readonly fields: Fields;
  readonly systemId: string;
  readonly password: string;
}

export type TestAnswer = { readonly steps: readonly ProbeStep[] } | { readonly problem: ProbeProblem };

/** Serves the dialog's "Test connection": one server a request, as its form has it. */
export function serveConnectionTest(RED: NodeAPI, say: Say): void {
  /** By server: the pools whose dialog tests it now. */
  const running = new Map<string, Set<string>>();
  serve(RED, 'post', '/smpp-pool/:id/test', 'smpp-pool.write', async (request, response) => {
    const id = String(request.params.id);
    const form = readForm(request.body);
    if (!form) {
      response.status(400);
      return failed('bad-request', 'The request is no form of a pool.');
    }
    const target = `${form.server.host.toLowerCase()}:${form.server.port}`;
    const there = running.get(target) ?? new Set<string>();
    if (there.has(id) || there.size >= MOST_TESTS) {
      response.status(429);
      return failed('busy', 'Another test of this server is running.');
    }
    const gone = new AbortController();
    response.on('close', () => {
      gone.abort();
    });
    running.set(target, there);
    there.add(id);
    try {
      return await test(RED, say, id, form, gone.signal);
    } finally {
      there.delete(id);
      if (there.size === 0) running.delete(target);
    }
  });
}

function failed(code: string, message: string): TestAnswer {
  return { problem: { code, message } };
}

async function test(RED: NodeAPI, say: Say, id: string, form: Form, signal: AbortSignal): Promise<TestAnswer> {
  const deployed = new Deployed(RED, id);
  const { server, fields } = form;
  if (!deployed.mayHave(form)) {
    return form.password === STORED
      ? failed('password-needed', 'The stored password is sent to the deployed server and account only.')
      : failed('environment-needed', 'Values of the environment are sent to the deployed server only.');
  }
  const tlsNode = fields.tls ? (RED.nodes.getNode(fields.tls) as TlsNode | null) : null;
  if (server.tls && fields.tls && tlsNode?.type !== 'tls-config') {
    return failed('tls-not-deployed', 'The TLS settings are not deployed.');
  }
  const row = { ...deployed.resolve(server), enabled: true };
  const def = { id, type: 'smpp-pool', name: '', z: '', ...deployed.resolve(fields), servers: [row] };
  const { config, problems } = readPoolConfig(def, deployed.credentials(form), tlsNode, say);
  const [tested] = config.settings.servers;
  if (problems.length > 0 || !tested) {
    return failed('settings', problems.map(({ message }) => message).join(' '));
  }
  return { steps: await probe(config.settings, tested, signal) };
}

/** The pool as it is deployed, and what of it a test may use. */
class Deployed {
  readonly #RED: NodeAPI;
  readonly #node: PoolNode | null;
  /** As in the flow file: environment variables by their names. */
  readonly #def: PoolDef | null;
  readonly #stored: Readonly<Record<string, unknown>>;

  constructor(RED: NodeAPI, id: string) {
    this.#RED = RED;
    const node = RED.nodes.getNode(id) as PoolNode | null;
    this.#node = node?.type === 'smpp-pool' ? node : null;
    let found: NodeDef | null = null;
    RED.nodes.eachNode((def) => {
      if (def.id === id) found = def;
    });
    this.#def = found;
    this.#stored = (RED.nodes.getCredentials(id) ?? {}) as Readonly<Record<string, unknown>>;
  }

  /**
   * What a form does not spell out, the stored password and values of the environment, goes nowhere but where the deployed pool
   * sends it: the same server, TLS settings and account. Else whoever may edit a pool could have it sent to a host of his own.
   */
  mayHave({ server, fields, systemId, password }: Form): boolean {
    const values: readonly (readonly [value: string, deployed: unknown])[] = [
      [systemId, this.#stored.systemId],
      [password, password === STORED ? STORED : this.#stored.password],
      ...Object.entries(fields).map(([name, value]) => [value, this.#def?.[name]] as const),
    ];
    const held = values.filter(([value]) => isHeld(value));
    if (held.length === 0 && !isHeld(server.host) && !isHeld(server.port)) return true;
    return (
      this.#node !== null &&
      held.every(([value, deployed]) => value === deployed) &&
      this.#isAsDeployed(server, fields, systemId)
    );
  }

  #isAsDeployed(server: Row, fields: Fields, systemId: string): boolean {
    const def = this.#def;
    const rows = Array.isArray(def?.servers) ? (def.servers as readonly Readonly<Record<string, unknown>>[]) : [];
    const same = (name: Field): boolean => fields[name] === textOf(def?.[name] ?? FIELDS[name]);
    return (
      systemId === textOf(this.#stored.systemId) &&
      same('tls') &&
      same('tlsMinVersion') &&
      rows.some(
        ({ host, port, tls }) =>
          server.host === textOf(host) &&
          server.port === textOf(port) &&
          server.tls === (tls === true || tls === 'true'),
      )
    );
  }

  /** Environment variables replaced as Node-RED replaces those of the pool; one that is not set stays as it is. */
  resolve<T extends object>(values: T): T {
    const { getSetting } = this.#RED.util as unknown as { getSetting(node: PoolNode | null, name: string): unknown };
    const entries = Object.entries(values).map(([key, value]) => {
      const name = typeof value === 'string' ? ENV.exec(value)?.[1] : undefined;
      return [key, name === undefined ? value : (getSetting(this.#node, name) ?? value)];
    });
    return Object.fromEntries(entries) as T;
  }

  credentials({ systemId, password }: Form): { systemId: string; password: string } {
    const stored = this.#node?.credentials;
    return this.resolve({ systemId, password: password === STORED ? (stored?.password ?? '') : password });
  }
}

/** True for what the form names without spelling it out. */
function isHeld(value: string): boolean {
  return value === STORED || ENV.test(value);
}

/** Null where it is none: what is not of its type, or longer than any form holds, is refused before anything is done with it. */
function readForm(body: unknown): Form | null {
  if (!isRecord(body) || !isRecord(body.server)) return null;
  const { server } = body;
  const fields = Object.fromEntries(Object.entries(FIELDS).map(([name, value]) => [name, body[name] ?? value]));
  const texts = [server.host, server.port, body.systemId, body.password, ...Object.values(fields)];
  if (!texts.every(isText) || ![undefined, true, false].includes(server.tls as boolean | undefined)) return null;
  return {
    server: { host: textOf(server.host).trim(), port: textOf(server.port).trim(), tls: server.tls === true },
    fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, textOf(value)])) as Fields,
    systemId: textOf(body.systemId),
    password: textOf(body.password),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text or a number of any form, or nothing. */
function isText(value: unknown): boolean {
  if (value === undefined || value === null || typeof value === 'number') return true;
  return typeof value === 'string' && value.length <= LONGEST_VALUE;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
