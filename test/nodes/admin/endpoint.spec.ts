import assert from 'node:assert/strict';
import type { Request, Response } from 'express';
import type { NodeAPI } from 'node-red';
import { BadRequest, bodyObject, serve, type Endpoint } from '../../../nodes/admin/endpoint';

type Handler = (request: Request, response: Response) => void;

/** What an HTTP client would see, and what the log has got. */
class Exchange {
  status = 200;
  body: unknown = undefined;
  readonly errors: string[] = [];
  headersSent = false;
  permission = '';
  route = '';

  async serve(endpoint: Endpoint, method: 'get' | 'post' = 'get'): Promise<void> {
    let handler: Handler | undefined;
    const route = (path: string, permission: string, given: Handler): void => {
      this.route = `${method} ${path}`;
      this.permission = permission;
      handler = given;
    };
    const RED = {
      auth: { needsPermission: (permission: string) => permission },
      httpAdmin: { [method]: route },
      log: { error: (text: string) => this.errors.push(text) },
    };
    serve(RED as unknown as NodeAPI, method, '/smpp-pool/test', 'smpp-pool.read', endpoint);
    const response = {
      headersSent: this.headersSent,
      status: (status: number) => {
        this.status = status;
        return response;
      },
      json: (body: unknown) => (this.body = body),
    };
    handler!({} as Request, response as unknown as Response);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('an endpoint', () => {
  let exchange: Exchange;
  beforeEach(() => {
    exchange = new Exchange();
  });

  it('asks for its permission, and answers with what it returns, now or later', async () => {
    await exchange.serve(() => ({ a: 1 }), 'post');
    assert.deepEqual([exchange.route, exchange.permission], ['post /smpp-pool/test', 'smpp-pool.read']);
    assert.deepEqual(exchange.body, { a: 1 });
    await exchange.serve(() => Promise.resolve(null));
    assert.deepEqual([exchange.status, exchange.body], [200, null]);
  });

  it('leaves an answer that it has given by itself', async () => {
    await exchange.serve((_request, response) => void response.json('mine'));
    assert.equal(exchange.body, 'mine');
  });

  for (const [what, fail] of [
    [
      'at once',
      () => {
        throw new BadRequest('no such pool', 404, 'gone');
      },
    ],
    ['later', () => Promise.reject(new BadRequest('no such pool', 404, 'gone'))],
  ] as const) {
    it(`says what is wrong with a request, with a status and a code, and logs nothing (${what})`, async () => {
      await exchange.serve(fail);
      assert.deepEqual([exchange.status, exchange.body], [404, { message: 'no such pool', code: 'gone' }]);
      assert.deepEqual(exchange.errors, []);
    });
  }

  it('logs a fault of ours with its stack, and tells nobody else of it', async () => {
    await exchange.serve(() => {
      throw new Error('secret detail');
    });
    assert.equal(exchange.status, 500);
    assert.deepEqual(exchange.body, { message: 'Node-RED could not answer.', code: 'internal' });
    assert.match(exchange.errors.join(), /^\/smpp-pool\/test: Error: secret detail\n +at /);
  });

  it('survives that something is thrown that is no error', async () => {
    await exchange.serve(() => Promise.reject(null as unknown as Error));
    assert.equal(exchange.status, 500);
    assert.deepEqual(exchange.errors, ['/smpp-pool/test: failed']);
  });

  it('answers no second time where it fails after its answer has begun', async () => {
    exchange.headersSent = true;
    await exchange.serve(() => Promise.reject(new Error('late')));
    assert.deepEqual([exchange.status, exchange.body], [200, undefined]);
    assert.equal(exchange.errors.length, 1);
  });

  it('takes a JSON object as its body and nothing else', () => {
    const body = { a: 1 };
    assert.equal(bodyObject(body), body);
    for (const value of [null, undefined, [], 'text', 5]) {
      assert.throws(
        () => bodyObject(value, 'server'),
        (error) =>
          error instanceof BadRequest && error.status === 400 && error.message === 'server is not a JSON object.',
      );
    }
  });
});
