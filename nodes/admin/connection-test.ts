import type { NodeAPI, NodeDef } from 'node-red';
import { probe } from '../../src/pool/probe';
import type { ProbeProblem, ProbeStep } from '../../src/pool/probe-step';
import { POOL_SETTINGS, type PoolSettingName } from '../../src/pool/settings-table';
import { serve } from './endpoint';
import type { PoolNode } from '../pool-lifetime/pool-node';
import { readPoolConfig, type PoolDef, type Say, type TlsNode } from '../pool-lifetime/pool-config';

/** Most characters of a value in the form; a host name has at most 253, every field of a bind fewer. */
const LONGEST_VALUE = 2000;
/** Most tests of one server at a time, over all dialogs. A server that does not answer holds up no other server's. */
const MOST_TESTS = 3;
/** Node-RED's editor holds this text in place of a stored password. */
const STORED = '__PWRD__';
const ENV = /^\$\{(\S+)\}$/;

/** Properties of the pool that a bind depends on. It also depends on host, port and tls of the server's row. */
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

/** The values in the pool's dialog, saved or not. */
interface Form {
  readonly server: Row;
  readonly fields: Fields;
  readonly systemId: string;
  readonly password: string;
}

export type TestAnswer = { readonly steps: readonly ProbeStep[] } | { readonly problem: ProbeProblem };

/** Serves the dialog's "Test connection": `POST smpp-pool/:id/test` with the form's values for one server. */
export function serveConnectionTest(RED: NodeAPI, say: Say): void {
  /** Ids of the pools whose dialog tests a server now, by "host:port". */
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

/** The deployed pool, and which of its stored values a test may use. */
class Deployed {
  readonly #RED: NodeAPI;
  readonly #node: PoolNode | null;
  /** The pool in the flow file, where environment variables stand as `${NAME}`. */
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
   * A form may name the stored password and environment variables without knowing their values. These values go only
   * where the deployed pool sends them: to the same server, with the same TLS settings and account. Otherwise whoever
   * may edit a pool could have them sent to a host of their own.
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

  /** Replaces environment variables as Node-RED does in the pool's settings; `${NAME}` stays where NAME is not set. */
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

/** True where the form only names the value: the stored password or an environment variable. */
function isHeld(value: string): boolean {
  return value === STORED || ENV.test(value);
}

/** The form in a request's body; null where a value has another type, or is longer than any form holds. */
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

/** True for a number, nothing, or a text of at most LONGEST_VALUE characters. */
function isText(value: unknown): boolean {
  if (value === undefined || value === null || typeof value === 'number') return true;
  return typeof value === 'string' && value.length <= LONGEST_VALUE;
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
