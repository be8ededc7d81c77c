import type { Node, NodeAPI, NodeDef, NodeMessage } from 'node-red';
import { background } from '../src/base/background';
import { SmppError } from '../src/base/errors';
import { publicEntry } from '../src/history/entry';
import type { PoolEvent } from '../src/pool/events';
import { METRICS_TYPE, metricsText } from './admin/metrics';
import { usePool } from './pool-lifetime/pool-user';
import { whenStarted } from './pool-lifetime/registry';
import type { Say } from './pool-lifetime/pool-config';
import type { PoolHandle } from './pool-lifetime/pool-handle';

interface StatusDef extends NodeDef {
  readonly pool?: string;
  /** Names of the events to send; empty = all. */
  readonly events?: readonly string[];
  /** Seconds between snapshots; 0 = none. */
  readonly interval?: number | string;
}

/** What `msg` may hold beside its action. The values come from flows: whoever reads them checks them. */
interface ActionMessage extends NodeMessage {
  readonly action?: unknown;
  readonly server?: unknown;
  readonly filter?: unknown;
  readonly limit?: unknown;
}

/** Milliseconds. With a longer delay Node.js fires a timer every millisecond. */
const LONGEST_TIMER = 2 ** 31 - 1;

export default function (RED: NodeAPI): void {
  const say: Say = (key, values) => RED._(`smpp-status.${key}`, values as Record<string, string>);

  function SmppStatus(this: Node, def: StatusDef): void {
    RED.nodes.createNode(this, def);
    const { pool, leave } = usePool(RED, this, def.pool, say, (face) => face);
    const wanted = new Set<unknown>(Array.isArray(def.events) ? def.events : []);
    const emit = (event: PoolEvent): void => {
      if (wanted.size === 0 || wanted.has(event.event))
        this.send({ topic: event.event, payload: RED.util.cloneMessage({ ...event }) });
    };

    this.on('input', (msg, send, done) => {
      if (!pool) {
        done(new SmppError('SMPP_POOL_CONFIG', say('errors.noPool')));
        return;
      }
      const acting = act(pool.handle, msg as ActionMessage, send, say).then(() => {
        done();
      }, done);
      background(acting, this, 'smpp-status');
    });

    if (!pool) {
      this.on('close', leave);
      return;
    }
    const { handle } = pool;
    const detach = [
      handle.onEvent(emit),
      whenStarted(() => {
        emit(poolEvent(presentState(handle), handle));
      }),
    ];
    const seconds = Number(def.interval);
    const timer =
      seconds > 0
        ? setInterval(
            () => {
              emit(poolEvent('snapshot', handle));
            },
            Math.min(seconds * 1000, LONGEST_TIMER),
          )
        : undefined;
    this.on('close', () => {
      clearInterval(timer);
      for (const call of detach) call();
      leave();
    });
  }
  RED.nodes.registerType('smpp-status', SmppStatus);
}

/**
 * Does what `msg.action` asks for.
 * @throws {SmppError} SMPP_INVALID_INPUT (unknown action), SMPP_UNKNOWN_SERVER, or why the pool cannot do it
 */
async function act(handle: PoolHandle, msg: ActionMessage, send: (msg: NodeMessage) => void, say: Say): Promise<void> {
  const { action, server } = msg;
  const answer = (more: object): void => {
    const time = new Date().toISOString();
    send(Object.assign(msg, { topic: action, payload: { event: action, time, ...more, snapshot: handle.snapshot() } }));
  };
  if (server !== undefined && typeof server !== 'string') throw unknownServer(say, server);
  if (action !== 'status' && action !== 'metrics') await handle.ready;
  try {
    switch (action) {
      case 'status':
        send(Object.assign(msg, { topic: 'snapshot', payload: poolEvent('snapshot', handle) }));
        return;
      case 'metrics':
        send(
          Object.assign(msg, {
            topic: action,
            payload: await metricsText(),
            headers: { 'Content-Type': METRICS_TYPE },
          }),
        );
        return;
      case 'connect':
        handle.connect(server);
        return;
      case 'disconnect':
        await handle.disconnect(server);
        return;
      case 'drain':
        await handle.drain();
        return;
      case 'find': {
        const { messages } = await handle.find(msg.filter, msg.limit);
        answer({ messages: messages.map((entry) => publicEntry(entry, handle.clock)) });
        return;
      }
      case 'discard':
        answer({ count: await handle.discard(msg.filter) });
        return;
      case 'forget':
        answer({ count: await handle.forget(msg.filter) });
        return;
    }
  } catch (error) {
    throw (error as SmppError).code === 'SMPP_UNKNOWN_SERVER' ? unknownServer(say, server) : error;
  }
  throw new SmppError('SMPP_INVALID_INPUT', say('errors.action', { action: String(action) }));
}

function unknownServer(say: Say, server: unknown): SmppError {
  return new SmppError('SMPP_UNKNOWN_SERVER', say('errors.server', { server: String(server) }));
}

function presentState(handle: PoolHandle): PoolEvent['event'] {
  const { state } = handle.snapshot();
  return state === 'stopped' ? 'pool.down' : `pool.${state}`;
}

function poolEvent(event: PoolEvent['event'], handle: PoolHandle): PoolEvent {
  return { event, time: new Date().toISOString(), snapshot: handle.snapshot() };
}
