/** Base of every error of this package: a stable `code` that a flow can branch on. */
export class SmppError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'SmppError';
  }

  /** Node-RED shows this text: the name of the class does not belong there. */
  override toString(): string {
    return this.message;
  }
}

/** What is wrong with a text, as a key and values with which a dialog says it in its user's language. */
export interface Reason {
  readonly key: string;
  readonly values: Readonly<Record<string, string | number>>;
}

/**
 * `SMPP_INVALID_INPUT`: the message can never be sent as it is. `field` names the wrong input; the text says what is
 * wrong and what to do.
 */
export class InvalidInputError extends SmppError {
  constructor(
    readonly field: string,
    message: string,
    readonly reason?: Reason,
    /** What `cause` holds beside the field. */
    readonly details?: Readonly<Record<string, string | number>>,
  ) {
    super('SMPP_INVALID_INPUT', message, { cause: { field, ...details } });
    this.name = 'InvalidInputError';
  }

  /** The same error, with the place of each field (where it was looked for) behind its name: "to (msg.topic): …". */
  at(placeOf: (field: string) => string | undefined): InvalidInputError {
    const names = this.message.slice(0, Math.max(0, this.message.indexOf(': '))).split(', ');
    if (!names.includes(this.field)) return this;
    const placed = names.map((name) => {
      const place = placeOf(name);
      return place === undefined ? name : `${name} (${place})`;
    });
    return new InvalidInputError(
      this.field,
      placed.join(', ') + this.message.slice(names.join(', ').length),
      this.reason,
      this.details,
    );
  }
}
