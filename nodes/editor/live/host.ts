export type Action = 'disconnect' | 'reconnect' | 'drain' | 'discard';
/** @returns how many messages the action ended, where it ends any */
export type Act = (action: Action) => Promise<number | undefined>;

/** What a card needs of the live view. */
export interface LiveHost {
  /** A text of the catalogue, below `live`. */
  say(key: string, values?: Readonly<Record<string, unknown>>): string;
  readonly language: string;
  readonly mayAct: boolean;
  /** Makes screen readers say that a state has changed. */
  announce(text: string): void;
  /** Asks before something that concerns a whole pool. */
  ask(question: string): Promise<boolean>;
  /** Resolves, as an `Act`, when the action is under way. Rejects with an Error that says why it is not. */
  act(pool: string, action: Action, server?: string): Promise<number | undefined>;
  /** Opens the pool's dialog; null where the editor has no such node. */
  settings(pool: string): (() => void) | null;
}
