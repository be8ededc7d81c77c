import type { ServerState } from './server';

/** What `GET /state` answers. */
export interface SimulatorState {
  /** Null credits = no limit. */
  readonly accounts: readonly { readonly systemId: string; readonly credits: number | null }[];
  readonly servers: readonly ServerState[];
}
