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
}

/** The message can never be sent as it is: `field` says which input is wrong, the text what is wrong and what to do. */
export class InvalidInputError extends SmppError {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super('SMPP_INVALID_INPUT', message, { cause: { field } });
    this.name = 'InvalidInputError';
  }
}
