/** Where a stalled process goes on: Node.js runs due timers first, then reads its sockets, then what was put off. */
export type Phase = 'timers' | 'sockets' | 'put off';

/** A simulated process, as its sockets and its disk see it. */
export interface Host {
  readonly dead: boolean;
  /** Calls when the process dies. @returns what takes this back */
  onDeath(call: () => void): () => void;
  /** Runs a callback of the event loop at this moment, or once the process runs again. */
  run(phase: Phase, call: () => void): void;
  /** Calls when something from outside reaches this process. @param moment when */
  arrive(moment: number, call: () => void): void;
}
