import { Mailbox } from './mailbox';

/** An account as the options of the simulator give it. */
export interface AccountOptions {
  readonly systemId: string;
  readonly password: string;
  /** Segments that the account may submit; absent = no limit. */
  readonly credits?: number | undefined;
}

/** A customer of the platform, the same on every server. */
export class Account {
  readonly systemId: string;
  readonly mailbox: Mailbox;
  readonly #options: AccountOptions;
  /** Segments that the account may still submit; null = no limit. */
  credits: number | null;

  constructor(options: AccountOptions, turn: number) {
    this.#options = options;
    this.systemId = options.systemId;
    this.credits = options.credits ?? null;
    this.mailbox = new Mailbox(turn);
  }

  hasPassword(password: string): boolean {
    return password === this.#options.password;
  }

  /** Takes one credit for a segment; false where none is left. */
  pay(): boolean {
    if (this.credits === null) return true;
    if (this.credits === 0) return false;
    this.credits -= 1;
    return true;
  }

  reset(): void {
    this.credits = this.#options.credits ?? null;
    this.mailbox.clear();
  }
}
