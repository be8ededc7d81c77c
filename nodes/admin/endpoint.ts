import type { Request, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { background } from '../../src/base/background';

/** Thrown by an endpoint for a faulty request, which is answered with this text, code and HTTP status. */
export class BadRequest extends Error {
  constructor(
    message: string,
    readonly status: 400 | 404 | 409 | 429 = 400,
    /** By this code a dialog finds a sentence of its own. */
    readonly code = 'bad-request',
  ) {
    super(message);
  }
}

/** Answers a request with a value that becomes JSON; `undefined` where it has answered by itself. */
export type Endpoint = (request: Request, response: Response) => unknown;

/**
 * Serves a path under Node-RED's admin root. A request that fails is answered with JSON, `{message, code}`, and never
 * with a stack trace. Errors other than BadRequest are faults of this package: they go to the log.
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

/** A body, or a part of it, as a JSON object. @throws {BadRequest} 400 where it is none */
export function bodyObject(value: unknown, name = 'the body'): Body {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body;
  throw new BadRequest(`${name} is not a JSON object.`);
}
