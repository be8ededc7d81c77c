import type { Clock } from '../../src/base/clock';
import type { MessageRequest } from '../../src/message/message';
import type { DeliveryReport, IncomingMessage, PoolEvent } from '../../src/pool/events';
import type { ReceiptListener } from '../../src/pool/listeners';
import { Pool } from '../../src/pool/pool';
import { poolSettings as settingsOf, type PoolSettings, type ServerSettings } from '../../src/pool/settings';
import { defaultSettings } from '../../src/pool/settings-table';
import { MemoryStore } from '../../src/store/memory';
import type { Account } from '../../src/account/account';
import type { Outcome } from '../../src/store/outcome';
import type { Store } from '../../src/store/store';

/** Settings of a pool on these ports of this machine: the contract's defaults, but no limit, unless the test says otherwise. */
export function poolSettings(
  ports: readonly number[],
  change: Partial<PoolSettings> = {},
  server: Partial<ServerSettings> = {},
): PoolSettings {
  const servers = ports.map((port) => ({ host: '127.0.0.1', port, tls: false, binds: 1, throughput: 0, ...server }));
  const account = { systemId: 'demo', password: 'demo' };
  return { ...settingsOf({ ...defaultSettings(), from: 'ALERTS' }, { servers, ...account, tls: {} }), ...change };
}

/** Something that was heard, and those who wait to hear it. */
export class Heard<T> {
  readonly all: T[] = [];
  #waiting: { readonly matches: () => T | undefined; readonly resolve: (item: T) => void }[] = [];

  add(item: T): void {
    this.all.push(item);
    this.#waiting = this.#waiting.filter(({ matches, resolve }) => {
      const found = matches();
      if (found !== undefined) resolve(found);
      return found === undefined;
    });
  }

  /** The first that matches, heard already or still to come; the test's time limit ends the waiting. */
  one(matches: (item: T) => boolean = () => true): Promise<T> {
    return this.#when(() => this.all.find(matches));
  }

  /** All, once there are so many. */
  async many(count: number): Promise<readonly T[]> {
    await this.#when(() => (this.all.length >= count ? this.all[count - 1] : undefined));
    return this.all;
  }

  #when(matches: () => T | undefined): Promise<T> {
    const found = matches();
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve) => this.#waiting.push({ matches, resolve }));
  }
}

export interface PoolRun {
  readonly pool: Pool;
  readonly outcomes: Heard<Outcome>;
  readonly reports: Heard<DeliveryReport>;
  readonly incoming: Heard<IncomingMessage>;
  readonly events: Heard<PoolEvent>;
  readonly log: string[];
  send(to: string, change?: Partial<MessageRequest>): string;
}

const running: Pool[] = [];

/** A pool that is open, with flows that listen to everything. Closed by `closePools`. */
export async function runPool(
  settings: PoolSettings,
  options: {
    readonly store?: Store;
    readonly account?: Account;
    readonly clock?: Clock;
    readonly listen?: Partial<ReceiptListener>;
  } = {},
): Promise<PoolRun> {
  const log: string[] = [];
  const write =
    (level: string) =>
    (text: string): void => {
      log.push(`${level} ${text}`);
    };
  const pool = new Pool(settings, {
    store: options.store ?? new MemoryStore({ queueLimit: settings.queueLimit }),
    log: { info: write('info'), warn: write('warn'), error: write('error') },
    account: options.account,
    ...(options.clock && { clock: options.clock }),
  });
  running.push(pool);
  const run: PoolRun = {
    pool,
    outcomes: new Heard(),
    reports: new Heard(),
    incoming: new Heard(),
    events: new Heard(),
    log,
    send: (to, change = {}) =>
      pool.send({ node: 'sender', message: { to, text: 'Pump 3 alarm', ...change }, msg: { _msgid: 'm1' } }),
  };
  pool.attachSender('sender', (outcome) => {
    run.outcomes.add(outcome);
  });
  pool.attachReceipts({
    emit: 'message',
    intermediate: true,
    unmatched: true,
    incoming: true,
    ...options.listen,
    handle(delivery) {
      if (delivery.kind === 'report') run.reports.add(delivery);
      else run.incoming.add(delivery);
    },
  });
  pool.onEvent((event) => {
    run.events.add(event);
  });
  await pool.open();
  pool.resume();
  return run;
}

export async function closePools(): Promise<void> {
  await Promise.all(running.splice(0).map((pool) => pool.close(1000)));
}
