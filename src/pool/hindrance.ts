import type { Hindrance, PoolState, ServerSnapshot } from './events';
import { isThrottled } from './health';

/** Messages that were set aside, because the platform throttled them alone or had trouble with them. */
export interface Held {
  readonly count: number;
  /** ESME_* name of the last answer to one of them, and the server that gave it. */
  readonly name: string;
  readonly server: string;
}

export interface QueueState {
  readonly state: PoolState;
  readonly waiting: number;
  readonly servers: readonly ServerSnapshot[];
  /** Why the store cannot be reached, in words; null where it can. */
  readonly trouble: string | null;
  readonly held: Held | null;
}

/** Share of the budget that must be used for the budget to count as the limit. */
const SPENT = 0.9;

/**
 * The figures in the text of a hindrance, for its translation. `sending`: servers that are up or degraded. `free`:
 * those of them that are not throttled. `slowest`: the highest median response time, in milliseconds. `allowed`: PDUs a
 * second, Infinity without a limit.
 */
export function figuresOf(
  servers: readonly ServerSnapshot[],
): Readonly<Record<'sending' | 'free' | 'total' | 'slowest' | 'allowed', number>> {
  const sending = servers.filter(isUp);
  return {
    sending: sending.length,
    free: sending.filter((server) => !isThrottled(server)).length,
    total: servers.length,
    slowest: Math.max(0, ...sending.map(({ latencyMs }) => latencyMs.p50 ?? 0)),
    allowed: sending.reduce((sum, server) => sum + (server.allowed || Infinity), 0),
  };
}

/** What limits the queue most (docs/reference.md, smpp-status). @returns null where nothing waits, or nothing does */
export function hindrance({ state, waiting, servers, trouble, held }: QueueState): Hindrance | null {
  if (waiting === 0) return null;
  if (state === 'stopped') return { code: 'stopped', text: 'stopped by hand' };
  if (trouble !== null) return { code: 'store-away', text: `the store is away: ${trouble}` };
  const sending = servers.filter(isUp);
  if (sending.length > 0 && held && held.count >= waiting) return heldAlone(held);
  const { free, slowest, allowed } = figuresOf(servers);
  if (free < servers.length) return slowServers(servers, free);
  const binds = sending.flatMap((server) => server.binds.filter(({ window }) => window > 0));
  const bound = binds.filter((bind) => bind.state === 'bound');
  if (bound.length > 0 && bound.every(({ inFlight, window }) => inFlight >= window)) {
    return { code: 'window-full', text: `all windows full: answers take ${duration(slowest)}` };
  }
  const rate = sending.reduce((sum, server) => sum + server.rate, 0);
  if (rate >= SPENT * allowed) return { code: 'budget', text: `waiting for the budget: ${figure(allowed)} a second` };
  return held && heldAlone(held);
}

function isUp({ state }: ServerSnapshot): boolean {
  return state === 'up' || state === 'degraded';
}

function slowServers(servers: readonly ServerSnapshot[], free: number): Hindrance {
  const down = servers.filter(({ state }) => state === 'down').length;
  const stopped = servers.filter(({ state }) => state === 'stopped').length;
  const throttled = servers.filter((server) => isUp(server) && isThrottled(server)).length;
  const reasons = [
    ...(down > 0 ? [`${String(down)} down`] : []),
    ...(stopped > 0 ? [`${String(stopped)} stopped`] : []),
    ...(throttled > 0 ? [`${String(throttled)} throttled`] : []),
  ];
  const verb = free === 1 ? 'sends' : 'send';
  const text = `${String(free)} of ${String(servers.length)} servers ${verb}: ${reasons.join(', ')}`;
  return { code: throttled > down + stopped ? 'throttled' : 'servers-down', text };
}

function heldAlone({ count, name, server }: Held): Hindrance {
  const what = count === 1 ? '1 message is' : `${String(count)} messages are`;
  return { code: 'message-held', text: `${what} held and tried again now and then: ${server} says ${name}` };
}

function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${String(Math.round(milliseconds))} ms` : `${figure(milliseconds / 1000)} s`;
}

function figure(value: number): string {
  return String(Math.round(value * 10) / 10);
}
