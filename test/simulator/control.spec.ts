import assert from 'node:assert/strict';
import http from 'node:http';
import type { Message, SimulatorState } from '../../src/simulator/simulator';
import { Esme, textOf } from '../support/esme';
import { closeAll, portOf, post, simulate, until } from './running';

afterEach(closeAll);

const get = async <T>(url: string): Promise<T> => (await (await fetch(url)).json()) as T;

/** Status of a request with headers that fetch does not let one choose. */
function statusOf(url: string, method: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    http
      .request(url, { method, headers }, (response) => resolve(response.resume().statusCode!))
      .on('error', reject)
      .end();
  });
}

describe('the control API', () => {
  it('shows accounts and servers without a password', async () => {
    const simulator = await simulate({ account: ['demo:secret-word', 'other:other-word'] });
    await Esme.bound(portOf(simulator, 2), { password: 'secret-word' });
    const text = await (await fetch(`${simulator.controlUrl}/state`)).text();
    assert.ok(!text.includes('word'));
    const state = JSON.parse(text) as SimulatorState;
    assert.deepEqual(state, simulator.state());
    assert.deepEqual(state.accounts, [
      { systemId: 'demo', credits: null },
      { systemId: 'other', credits: null },
    ]);
    const [, second] = state.servers;
    assert.equal(second!.server, 2);
    assert.equal(second!.port, portOf(simulator, 2));
    assert.equal(second!.tlsPort, null);
    assert.equal(second!.state, 'up');
    assert.equal(second!.binds, 1);
  });

  it('shows messages, all or the last ones', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    for (const to of ['919812345671', '919812345672']) await esme.submit(to);
    const all = await get<Message[]>(`${simulator.controlUrl}/messages`);
    assert.deepEqual(all, simulator.messages());
    assert.deepEqual(
      (await get<Message[]>(`${simulator.controlUrl}/messages?last=1`)).map(({ to }) => to),
      ['919812345672'],
    );
    assert.equal((await fetch(`${simulator.controlUrl}/messages?last=x`)).status, 400);
  });

  it('stops a server and starts it on the same port, with other links untouched', async () => {
    const simulator = await simulate({ tls: true });
    const [first, second] = [await Esme.bound(portOf(simulator)), await Esme.bound(portOf(simulator, 2))];
    assert.equal(((await (await post(simulator, '/servers/1/stop')).json()) as { state: string }).state, 'stopped');
    await first.closed;
    await assert.rejects(Esme.connect(portOf(simulator)), { code: 'ECONNREFUSED' });
    await assert.rejects(Esme.connect(simulator.servers[0]!.tlsPort!), { code: 'ECONNREFUSED' });
    assert.equal((await second.request('enquire_link')).command_status, 0);
    await post(simulator, '/servers/1/stop');
    await post(simulator, '/servers/1/start');
    await post(simulator, '/servers/1/start');
    await Esme.bound(portOf(simulator));
    await Esme.bound(simulator.servers[0]!.tlsPort!, { ca: simulator.certificate! });
  });

  it('delivers a message from a handset to one bind of the first account', async () => {
    const simulator = await simulate({ account: ['demo:demo', 'other:other'] });
    const esme = await Esme.bound(portOf(simulator));
    const response = await post(simulator, '/incoming', { to: '56767', from: '919812345678', text: 'STOP [now] €' });
    assert.deepEqual(await response.json(), { parts: 1 });
    const incoming = await esme.next('deliver_sm');
    assert.deepEqual([incoming['dest_addr_ton'], incoming['dest_addr_npi']], [3, 0]);
    assert.equal(textOf(incoming), 'STOP [now] €');
    assert.deepEqual(
      [incoming['source_addr'], incoming['source_addr_ton'], incoming['destination_addr'], incoming['esm_class']],
      ['919812345678', 1, '56767', 0],
    );
    assert.equal(simulator.state().servers[0]!.receipts, 0);
  });

  it('delivers it to another account where one is named', async () => {
    const simulator = await simulate({ account: ['demo:demo', 'other:other'] });
    const other = await Esme.bound(portOf(simulator), { systemId: 'other', password: 'other' });
    await post(simulator, '/incoming', { to: '56767', from: 'BANK', text: 'hi', systemId: 'other' });
    assert.equal((await other.next('deliver_sm'))['source_addr_ton'], 5);
  });

  for (const [name, text, data_coding, size] of [
    ['the GSM alphabet', 'pump € '.repeat(50), 0, 153],
    ['UCS-2', 'पंप 🚰 '.repeat(30), 8, 134],
  ] as const) {
    it(`cuts a long one in ${name} without cutting a character`, async () => {
      const simulator = await simulate();
      const esme = await Esme.bound(portOf(simulator));
      const { parts } = (await (await post(simulator, '/incoming', { to: '1', from: '2', text })).json()) as {
        parts: number;
      };
      assert.ok(parts > 1);
      let joined = '';
      for (let part = 1; part <= parts; part += 1) {
        const pdu = await esme.next('deliver_sm');
        const { udh, message } = pdu['short_message'] as { udh: Buffer[]; message: string };
        assert.equal(pdu['esm_class'], 0x40);
        assert.equal(pdu['data_coding'], data_coding);
        assert.deepEqual([...udh[0]!.subarray(0, 2), ...udh[0]!.subarray(3)], [0, 3, parts, part]);
        assert.ok(message.length * (data_coding === 8 ? 2 : 1) <= size);
        joined += message;
      }
      assert.equal(joined, text);
    });
  }

  it('names what is wrong with a request', async () => {
    const simulator = await simulate();
    const wrong: readonly (readonly [string, unknown])[] = [
      ['/incoming', { to: '1', from: '2' }],
      ['/incoming', { to: '1', from: '2', text: 5 }],
      ['/incoming', { to: '', from: '2', text: 'x' }],
      ['/incoming', { to: '1', from: 'x'.repeat(21), text: 'x' }],
      ['/incoming', { to: '1', from: '2', text: 'x', systemId: 'nobody' }],
      ['/incoming', { to: '1', from: '2', text: 'x'.repeat(153 * 256) }],
      ['/incoming', null],
    ];
    for (const [path, body] of wrong) {
      const response = await post(simulator, path, body);
      assert.equal(response.status, 400);
      assert.ok(((await response.json()) as { error: string }).error.length > 0);
    }
    const noJson = await fetch(`${simulator.controlUrl}/incoming`, { method: 'POST', body: '{' });
    assert.equal(noJson.status, 400);
    for (const path of ['/servers/3/stop', '/servers/0/stop', '/servers/1/explode', '/nothing']) {
      assert.equal((await post(simulator, path)).status, 404, path);
    }
    assert.equal((await fetch(`${simulator.controlUrl}/certificate.pem`)).status, 404);
    const long = await fetch(`${simulator.controlUrl}/incoming`, { method: 'POST', body: 'x'.repeat(2 << 20) });
    assert.equal(long.status, 413);
  });

  it('is for this machine: not for pages of other origins or under other names', async () => {
    const { controlUrl } = await simulate();
    assert.equal(await statusOf(`${controlUrl}/state`, 'GET', { host: 'evil.example' }), 403);
    assert.equal(await statusOf(`${controlUrl}/reset`, 'POST', { origin: 'http://evil.example' }), 403);
    assert.equal(await statusOf(`${controlUrl}/reset`, 'POST', { origin: controlUrl }), 200);
  });

  it('resets to the start, but for links and ids', async () => {
    const simulator = await simulate({ account: [{ systemId: 'demo', password: 'demo', credits: 5 }] });
    const esme = await Esme.bound(portOf(simulator, 2));
    const { message_id: before } = await esme.submit('919812345678');
    await post(simulator, '/servers/1/stop');
    await post(simulator, '/reset');
    const { accounts, servers } = simulator.state();
    assert.deepEqual(accounts, [{ systemId: 'demo', credits: 5 }]);
    assert.deepEqual(
      servers.map(({ state, submits, accepted, binds }) => ({ state, submits, accepted, binds })),
      [
        { state: 'up', submits: 0, accepted: 0, binds: 0 },
        { state: 'up', submits: 0, accepted: 0, binds: 1 },
      ],
    );
    assert.deepEqual(simulator.messages(), []);
    assert.notEqual((await esme.submit('919812345678'))['message_id'], before);
  });

  it('serves a page that asks nobody else', async () => {
    const simulator = await simulate();
    const response = await fetch(simulator.controlUrl);
    assert.match(response.headers.get('content-type')!, /^text\/html/);
    const page = await response.text();
    assert.match(page, /default-src 'none'/);
    assert.match(page, /\.card \{/);
    const script = /<script>([^]*)<\/script>/.exec(page)![1]!;
    assert.doesNotThrow(() => new Function(script));
    assert.doesNotMatch(page.replaceAll('http://www.w3.org/2000/svg', ''), /https?:/);
  });

  it('closes with links, requests and timers still open', async () => {
    const simulator = await simulate({ dlrDelay: 60_000, tls: true });
    const esme = await Esme.bound(portOf(simulator));
    await esme.submit('919812345678');
    await post(simulator, '/servers/2/faults', { delayMs: 60_000 });
    (await Esme.connect(portOf(simulator, 2))).send('enquire_link');
    await until(() => simulator.state().servers[0]!.accepted === 1);
    await simulator.close();
    await esme.closed;
    await assert.rejects(fetch(simulator.controlUrl));
  });
});
