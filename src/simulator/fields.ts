/** Thrown by the first wrong field of a request: the command_status to refuse it with. */
export class Refusal {
  constructor(readonly status: number) {}
}

export function refuse(status: number): never {
  throw new Refusal(status);
}

export function check(right: boolean, status: number): void {
  if (!right) refuse(status);
}

/** What `read` returns, or the command_status to refuse with where a field is wrong. */
export function readOrRefuse<T extends object>(read: () => T): T | number {
  try {
    return read();
  } catch (error) {
    if (error instanceof Refusal) return error.status;
    throw error;
  }
}
