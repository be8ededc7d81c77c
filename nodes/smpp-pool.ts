import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Node, NodeAPI } from 'node-red';
import { SmppError } from '../src/base/errors';
import type { PoolEvent } from '../src/pool/events';
import { COMMAND_STATUSES } from '../src/smpp/command-status';
import { feedEditors } from './admin/live-feed';
import { serveConnectionTest } from './admin/connection-test';
import { serveDiscard } from './admin/discard';
import { serveHistory } from './admin/history';
import { serveLiveView } from './admin/live-actions';
import { observeByOpenTelemetry, serveMetrics } from './admin/metrics';
import { codeTableOf } from './pool-lifetime/code-table-file';
import { serveTrace } from './admin/trace';
import { adoptPool, leavePool, watchFlows, whenStarted } from './pool-lifetime/registry';
import {
  readPoolConfig,
  type PoolCredentials,
  type PoolDef,
  type Say,
  type TlsNode,
} from './pool-lifetime/pool-config';
import type { PoolNode } from './pool-lifetime/pool-node';
import type { PoolOwner } from './pool-lifetime/pool-handle';
import { poolStatus, StatusLine } from './pool-lifetime/status-line';
import { usableStores } from './pool-lifetime/usable-stores';

/** The command_status values of bind_resp that only the operator or the dialog can put right. */
const REFUSALS = COMMAND_STATUSES.filter((status) => status.class === 'account');

export default function (RED: NodeAPI): void {
  const { nodeCloseTimeout } = RED.settings as { readonly nodeCloseTimeout?: number };
  watchFlows(RED.events, nodeCloseTimeout);
  const say: Say = (key, values) => RED._(`smpp-pool.${key}`, values as Record<string, string>);

  feedEditors(RED);
  serveLiveView(RED, say);
  serveMetrics(RED);
  serveTrace(RED, say);
  serveDiscard(RED, say);
  serveConnectionTest(RED, say);
  serveHistory(RED, say);

  function SmppPool(this: PoolNode, def: PoolDef): void {
    RED.nodes.createNode(this, def);
    const users: PoolNode['users'] = {};
    const owner = poolOwner(RED, this, def, users, say);
    const handle = adoptPool(owner);
    observeByOpenTelemetry();
    Object.assign(this, { users, handle });

    const status = new StatusLine(this, () => poolStatus(handle, say, 'smpp-pool'));
    const refused = refusalReporter(this, say);
    const { problem } = owner.plan;
    const leave = [
      handle.onChange(() => {
        status.touch();
      }),
      handle.onEvent(refused),
      whenStarted(() => {
        // Reported only now: while the constructor runs, the Catch nodes that shall hear of it do not exist.
        if (problem) this.error(problem, {});
        if (owner.codesFailure) this.error(owner.codesFailure, {});
        status.touch();
      }),
    ];
    this.on('close', (removed: boolean, done: () => void) => {
      for (const call of leave) call();
      status.close();
      leavePool(handle, owner, removed)
        .catch((error: unknown) => {
          this.error(error);
        })
        .finally(done);
    });
  }

  RED.nodes.registerType<PoolNode, PoolDef, object, Required<PoolCredentials>>('smpp-pool', SmppPool, {
    credentials: {
      systemId: { type: 'text' },
      password: { type: 'password' },
      redisUser: { type: 'text' },
      redisPassword: { type: 'password' },
    },
    // Read by the dialog. Looked for once somebody opens an editor.
    settings: {
      smppPoolStores: {
        exportable: true,
        get value() {
          return usableStores();
        },
      },
    },
  });
}

function poolOwner(
  RED: NodeAPI,
  node: PoolNode,
  def: PoolDef,
  users: PoolNode['users'],
  say: Say,
): PoolOwner & { readonly codesFailure: SmppError | null } {
  const tlsNode = typeof def.tls === 'string' ? (RED.nodes.getNode(def.tls) as TlsNode | null) : null;
  const { config, problems } = readPoolConfig(def, node.credentials, tlsNode, say);
  const problem = new SmppError('SMPP_POOL_CONFIG', problems.map(({ message }) => message).join(' '));
  const userDir = RED.settings.userDir ?? join(homedir(), '.node-red');
  const { codes, failure } = codeTableOf(config.settings.codeTable, userDir);
  return {
    id: node.id,
    definitionId: node._alias ?? node.id,
    name: nameOf(node, def),
    plan: {
      ...config,
      settings: { ...config.settings, codes },
      folder: join(userDir, 'smpp', fileName(node.id)),
      userDir,
      problem: problems.length > 0 ? problem : null,
    },
    codesFailure: failure,
    secrets: [node.credentials.password, node.credentials.redisPassword].filter((secret) => typeof secret === 'string'),
    log: {
      info: (text) => {
        node.log(text);
      },
      warn: (text) => {
        node.warn(text);
      },
      error: (text) => {
        node.error(text);
      },
    },
    inUse: () => Object.keys(users).length > 0,
    failed: (error) => {
      node.error(new SmppError(error.code, say('errors.store', { reason: error.message })), {});
    },
    sharesAccount: (pool) => {
      node.warn(say('errors.samePlatform', { pool }));
    },
  };
}

/** A pool without a name is called by its first server, as the editor calls it. */
function nameOf(node: PoolNode, def: PoolDef): string {
  const [first] = Array.isArray(def.servers) ? (def.servers as { host?: unknown; port?: unknown }[]) : [];
  return node.name || (first?.host ? `${String(first.host)}:${String(first.port)}` : node.id);
}

/** A node id as a file name. Node-RED's ids are hex, but an imported flow may have any characters in one. */
function fileName(id: string): string {
  return encodeURIComponent(id).replaceAll('.', '%2E').replaceAll('*', '%2A');
}

/** Reports refused binds to the flows. Equal refusals of one server in a row are one, until it lets a bind in. */
function refusalReporter(node: Node, say: Say): (event: PoolEvent) => void {
  const told = new Map<string, string>();
  return ({ event, server = '', code = '', reason = '' }) => {
    if (event === 'bind.up') told.delete(server);
    if (event !== 'bind.refused' || told.get(server) === code) return;
    told.set(server, code);
    const status = REFUSALS.find(({ name }) => name === code);
    const hex = `0x${(status?.code ?? 0).toString(16).toUpperCase().padStart(2, '0')}`;
    const values = { server, name: code, code: hex, description: status?.description ?? reason };
    const text = say(code === 'ESME_RALYBND' ? 'errors.quota' : 'errors.refused', values);
    node.error(new SmppError(code, text, { cause: { server, reason } }), { topic: event });
  };
}
