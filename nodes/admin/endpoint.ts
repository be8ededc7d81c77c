import type { Request, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { background } from '../../src/base/background';

/** The request itself is at fault: it is answered with this text and status. */
export class BadRequest extends Error {
  constructor(
    message: string,
    readonly status: 400 | 404 | 409 | 429 = 400,
    /** For dialogs that have a sentence of their own for it. */
    readonly code = 'bad-request',
  ) {
    super(message);
  }
}

/** Answers a request with a value that becomes JSON; `undefined` where it has answered by itself. */
export type Endpoint = (request: Request, response: Response) => unknown;

/**
 * Serves a path under Node-RED's admin root. Whatever a body holds, the answer is JSON with words: `{message, code}`, and never a stack
 * trace; what our own code got wrong goes to the log.
 */
export function serve(
  RED: NodeAPI,
  method: 'get' | 'post',
  path: string,
  permission: string,
  endpoint: Endpoint,
): void {
  const answer = async (request: Request, response: Response): Promise<void> => {
    try {
      const body = await endpoint(request, response);
      if (body !== undefined) response.json(body);
    } catch (error) {
      if (error instanceof BadRequest) {
        const { message, code, status } = error;
        response.status(status).json({ message, code });
        return;
      }
      RED.log.error(`${path}: ${error instanceof Error ? String(error.stack) : 'failed'}`);
      if (!response.headersSent) response.status(500).json({ message: 'Node-RED could not answer.', code: 'internal' });
    }
  };
  RED.httpAdmin[method](path, RED.auth.needsPermission(permission), (request: Request, response: Response) => {
    background(answer(request, response), RED.log, path);
  });
}

export type Body = Readonly<Record<string, unknown>>;

/** The object that a body is, or one of its parts. @throws BadRequest where it is none */
export function bodyObject(value: unknown, name = 'the body'): Body {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body;
  throw new BadRequest(`${name} is not a JSON object.`);
}
