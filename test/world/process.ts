import crypto from 'node:crypto';
import fs from 'node:fs';
import fsPromises from 'node:fs/promises';
import net from 'node:net';
import tls from 'node:tls';
import type { Chance } from './chance';
import type { Disk } from './disk/disk';
import type { Host, Phase } from './host';
import type { Network } from './network';
import type { Program } from './program';
import type { Timeline } from './timeline';

/** Epoch milliseconds at the start of a world, as a right clock shows them. */
export const EPOCH = Date.UTC(2026, 10, 2, 6, 30);

const ORDER: readonly Phase[] = ['timers', 'sockets', 'put off'];

/** Node-RED's user directory, on the disk of the world. */
export const USER_DIR = '/world';

export interface ProcessServices {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly network: Network;
  readonly disk: Disk;
  /** Milliseconds by which the system's clock of the machine is ahead of the right time. */
  readonly wrongBy: () => number;
  readonly log: (text: string) => void;
  /** Called with what nobody caught: it would have ended Node-RED. */
  readonly uncaught: (error: unknown) => void;
}

interface PutOff {
  readonly phase: Phase;
  readonly call: () => void;
}

/** One simulated Node.js process: its own modules, timers and sockets. When it dies nothing of it runs any more. */
export class Process implements Host {
  readonly services: ProcessServices;
  readonly product: ReturnType<Program['start']>;
  readonly #born: number;
  #dead = false;
  #stalled = false;
  #putOff: PutOff[] = [];
  /** Timers that are set and have not fired. */
  timers = 0;
  readonly #deaths = new Set<() => void>();

  constructor(program: Program, services: ProcessServices) {
    this.services = services;
    this.#born = services.timeline.now;
    this.product = program.start(this.#surroundings());
  }

  get dead(): boolean {
    return this.#dead;
  }

  onDeath(call: () => void): () => void {
    this.#deaths.add(call);
    return () => this.#deaths.delete(call);
  }

  /** kill -9. */
  kill(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#putOff = [];
    for (const call of this.#deaths) call();
    this.#deaths.clear();
  }

  /** The process does not run for a while: a blocked event loop, SIGSTOP, a suspended machine. */
  stall(milliseconds: number): void {
    if (this.#dead || this.#stalled) return;
    this.#stalled = true;
    this.services.timeline.after(milliseconds, () => {
      this.#stalled = false;
      const putOff = this.#putOff.sort((one, other) => ORDER.indexOf(one.phase) - ORDER.indexOf(other.phase));
      this.#putOff = [];
      for (const { phase, call } of putOff) this.run(phase, call);
    });
  }

  run(phase: Phase, call: () => void): void {
    this.services.timeline.at(this.services.timeline.now, () => {
      this.#enter(phase, call);
    });
  }

  arrive(moment: number, call: () => void): void {
    this.services.timeline.at(moment, () => {
      this.#enter('sockets', call);
    });
  }

  #enter(phase: Phase, call: () => void): void {
    if (this.#dead) return;
    if (this.#stalled) {
      this.#putOff.push({ phase, call });
      return;
    }
    try {
      call();
    } catch (error) {
      this.services.uncaught(error);
    }
  }

  #surroundings(): Parameters<Program['start']>[0] {
    const { timeline, chance, network, disk, wrongBy, log } = this.services;
    const wall = (): number => Math.floor(EPOCH + timeline.now + wrongBy());
    const timer = (delay: number | undefined, call: () => void, again: boolean): object => {
      const wait = Math.max(1, delay ?? 1);
      let cancel: () => void = () => undefined;
      const set = (): void => {
        cancel = timeline.after(wait, () => {
          this.#enter('timers', fire);
        });
      };
      let live = true;
      const clear = (): void => {
        if (!live) return;
        live = false;
        this.timers -= 1;
        cancel();
      };
      const fire = (): void => {
        // A timer that fell due while the process stood still may have been cleared by the one before it.
        if (!live) return;
        if (again) set();
        else clear();
        call();
      };
      this.timers += 1;
      set();
      const handle = { unref: () => handle, ref: () => handle, hasRef: () => true, clear };
      return handle;
    };
    const clearTimer = (handle: { clear: () => void } | undefined): void => handle?.clear();
    const math = Object.defineProperties({}, Object.getOwnPropertyDescriptors(Math)) as Math;
    math.random = () => chance.next();
    const date = class extends Date {
      constructor(...given: readonly [] | readonly [number | string | Date]) {
        super(...((given.length === 0 ? [wall()] : given) as [number]));
      }
      static override now = wall;
    };
    return {
      require: (name) => {
        switch (name) {
          case 'node:net':
            return { ...net, connect: (to: { port: number }) => network.connect(this, to.port, 'connect') };
          case 'node:tls':
            return { ...tls, connect: (to: { port: number }) => network.connect(this, to.port, 'secureConnect') };
          case 'node:crypto':
            return { ...crypto, randomBytes: (count: number) => chance.octets(count) };
          case 'node:fs':
            return {
              ...fs,
              // The product's own files are read from where they are.
              readFileSync: (path: string, coding?: BufferEncoding) =>
                path.startsWith(USER_DIR) ? disk.readFile(path) : fs.readFileSync(path, coding),
            };
          case 'node:fs/promises':
            return { ...fsPromises, ...disk.filesFor(this) };
          case 'world:disk':
            return { disk, process: this };
          default:
            // eslint-disable-next-line @typescript-eslint/no-require-imports
            return require(name) as unknown;
        }
      },
      process: Object.assign(Object.create(process), {
        nextTick: (call: (...values: unknown[]) => void, ...values: unknown[]) => {
          process.nextTick(() => {
            if (this.#dead) return;
            try {
              call(...values);
            } catch (error) {
              this.services.uncaught(error);
            }
          });
        },
      }),
      Date: date,
      performance: { now: () => timeline.now - this.#born },
      Math: math,
      setTimeout: (call: (...values: unknown[]) => void, delay?: number, ...values: unknown[]) =>
        timer(delay, () => call(...values), false),
      clearTimeout: clearTimer,
      setInterval: (call: () => void, delay?: number) => timer(delay, call, true),
      clearInterval: clearTimer,
      setImmediate: (call: (...values: unknown[]) => void, ...values: unknown[]) => {
        this.run('put off', () => call(...values));
      },
      console: { log, info: log, warn: log, error: log },
    };
  }
}
