import { Mailbox } from './mailbox';

export interface AccountOptions {
  readonly systemId: string;
  readonly password: string;
  /** Segments it may still submit; absent = no limit. */
  readonly credits?: number | undefined;
}

/** A customer of the platform, the same on every server. */
export class Account {
  readonly systemId: string;
  readonly mailbox: Mailbox;
  readonly #options: AccountOptions;
  /** Null = no limit. */
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

  /** Takes the price of a segment; false where the credits have run out. */
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
