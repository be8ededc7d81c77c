import assert from 'node:assert/strict';
import { Esme, textOf, tlv } from '../support/esme';
import { closeAll, portOf, post, simulate, until } from './running';

afterEach(closeAll);

describe('binds of the simulator', () => {
  it('answers a right bind in each mode with its name and version', async () => {
    const simulator = await simulate();
    for (const command of ['bind_transceiver', 'bind_transmitter', 'bind_receiver'] as const) {
      const esme = await Esme.connect(portOf(simulator));
      const answer = await esme.bind({ command });
      assert.equal(answer.command, `${command}_resp`);
      assert.equal(answer.command_status, 0);
      assert.equal(answer['system_id'], 'smpp-simulator');
      assert.equal(answer['sc_interface_version'], 0x34);
    }
    const [first, second] = simulator.state().servers;
    assert.equal(first!.binds, 3);
    assert.equal(second!.binds, 0);
    assert.deepEqual(
      first!.sessions.map(({ mode }) => mode),
      ['transceiver', 'transmitter', 'receiver'],
    );
  });

  it('tells a wrong password from an unknown account, and lets the customer try again on the same link', async () => {
    const simulator = await simulate({ account: ['demo:demo', 'other:a:b'] });
    const esme = await Esme.connect(portOf(simulator));
    assert.equal((await esme.bind({ password: 'wrong' })).command_status, 0x0e);
    assert.equal((await esme.bind({ systemId: 'nobody' })).command_status, 0x0f);
    assert.equal((await esme.bind({ systemId: '', password: '' })).command_status, 0x0f);
    assert.equal((await esme.bind({ systemId: 'other', password: 'a:b' })).command_status, 0);
  });

  it('refuses a second bind on a bound link', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    assert.equal((await esme.bind()).command_status, 0x05);
  });

  it('counts the quota per account and server, and gives a place back with its link', async () => {
    const simulator = await simulate({ binds: 2, account: ['demo:demo', 'other:other'] });
    const first = await Esme.bound(portOf(simulator));
    await Esme.bound(portOf(simulator));
    const third = await Esme.connect(portOf(simulator));
    assert.equal((await third.bind()).command_status, 0x05);
    await Esme.bound(portOf(simulator), { systemId: 'other', password: 'other' });
    await Esme.bound(portOf(simulator, 2));
    await first.close();
    await until(() => simulator.state().servers[0]!.binds === 2);
    assert.equal((await third.bind()).command_status, 0);
  });

  it('shares the quota between a server and its TLS twin', async () => {
    const simulator = await simulate({ binds: 1, tls: true });
    const [{ port, tlsPort }] = simulator.servers as [{ port: number; tlsPort: number }];
    await Esme.bound(port);
    const twin = await Esme.connect(tlsPort, { ca: simulator.certificate! });
    assert.equal((await twin.bind()).command_status, 0x05);
  });

  it('speaks TLS 1.0 to 1.3 under a certificate that a client can trust by name', async () => {
    const simulator = await simulate({ tls: true, servers: 1, binds: 0 });
    const ca = await (await fetch(`${simulator.controlUrl}/certificate.pem`)).text();
    for (const tlsVersion of ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const) {
      const esme = await Esme.bound(simulator.servers[0]!.tlsPort!, { ca, tlsVersion });
      assert.equal((await esme.submit('919812345678')).command_status, 0);
      assert.match(textOf(await esme.next('deliver_sm')), /stat:DELIVRD/);
    }
  });

  it('answers enquire_link before and after the bind', async () => {
    const esme = await Esme.connect(portOf(await simulate()));
    assert.equal((await esme.request('enquire_link')).command, 'enquire_link_resp');
    await esme.bind();
    assert.equal((await esme.request('enquire_link')).command_status, 0);
  });

  it('answers unbind, then closes the link', async () => {
    const simulator = await simulate();
    const esme = await Esme.bound(portOf(simulator));
    assert.equal((await esme.request('unbind')).command, 'unbind_resp');
    await esme.closed;
    assert.equal(simulator.state().servers[0]!.binds, 0);
  });

  it('takes submits on binds that may submit only', async () => {
    const simulator = await simulate();
    const esme = await Esme.connect(portOf(simulator));
    assert.equal((await esme.submit('919812345678')).command_status, 0x04);
    await esme.bind({ command: 'bind_receiver' });
    assert.equal((await esme.submit('919812345678')).command_status, 0x04);
    const { submits, accepted, refused } = simulator.state().servers[0]!;
    assert.deepEqual({ submits, accepted, refused }, { submits: 2, accepted: 0, refused: 2 });
  });

  it('refuses what the platform does not serve: with its own response where it has one', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    const answer = await esme.request('submit_multi');
    assert.equal(answer.command, 'submit_multi_resp');
    assert.equal(answer.command_status, 0x03);
    const unknown = Buffer.from('00000010000000990000000000000077', 'hex');
    esme.write(unknown);
    const nack = await esme.next('generic_nack');
    assert.equal(nack.command_status, 0x03);
    assert.equal(nack.sequence_number, 0x77);
  });

  it('gives a refused bind and submit_multi the body that their responses have', async () => {
    const simulator = await simulate();
    const esme = await Esme.connect(portOf(simulator));
    for (const command of ['bind_transceiver', 'bind_transmitter', 'bind_receiver'] as const) {
      const answer = await esme.bind({ command, password: 'wrong' });
      assert.deepEqual([answer.command_status, answer['system_id']], [0x0e, 'smpp-simulator']);
      assert.equal(answer['command_length'], 16 + 'smpp-simulator'.length + 1);
    }
    await esme.bind();
    assert.deepEqual((await esme.request('submit_multi'))['command_length'], 18);
  });

  it('never answers a response', async () => {
    const esme = await Esme.bound(portOf(await simulate()));
    esme.write(Buffer.from('00000010800000990000000000000001', 'hex'));
    esme.write(Buffer.from('00000010800000040000000000000001', 'hex'));
    await esme.request('enquire_link');
    assert.deepEqual(esme.inbox, []);
  });

  describe('of SMPP 3.3', () => {
    it('are those with any other interface_version; neither side uses optional parameters', async () => {
      const esme = await Esme.connect(portOf(await simulate()));
      const answer = await esme.bind({ version: 0x33 });
      assert.equal(answer['sc_interface_version'], undefined);
      assert.equal((await esme.submit('919812345678', {}, [tlv(0x1400, '1101172974420810001')])).command_status, 0xc1);
      const { message_id } = await esme.submit('919812345678');
      const receipt = await esme.next('deliver_sm');
      assert.ok(textOf(receipt).startsWith(`id:${String(message_id)} `));
      assert.equal(receipt['receipted_message_id'], undefined);
      assert.equal(receipt['message_state'], undefined);
    });

    it('are those of 5.0 too, and the note says by which rule something was refused, once on a bind', async () => {
      const notes: string[] = [];
      const simulator = await simulate({}, (words) => notes.push(words));
      const esme = await Esme.bound(portOf(simulator), { version: 0x50 });
      assert.equal((await esme.request('data_sm', { destination_addr: '919812345678' })).command_status, 0x03);
      assert.equal((await esme.submit('919812345678', {}, [tlv(0x1400, '1')])).command_status, 0xc1);
      assert.equal(notes.length, 1);
      assert.match(notes[0]!, /data_sm refused, for interface_version 0x50 is not 0x34.* --lenient-version/);
      const old = await Esme.bound(portOf(simulator), { version: 0x33 });
      await old.submit('919812345678', {}, [tlv(0x1400, '1')]);
      assert.match(notes[1]!, /optional parameters refused, for interface_version 0x33/);
      assert.doesNotMatch(notes[1]!, /lenient/);
    });

    it('are not those of 5.0 where the version is taken leniently', async () => {
      const simulator = await simulate({ lenientVersion: true });
      const esme = await Esme.connect(portOf(simulator));
      assert.equal((await esme.bind({ version: 0x50 }))['sc_interface_version'], 0x34);
      assert.equal((await esme.submit('919812345678', {}, [tlv(0x1400, '1')])).command_status, 0);
      const old = await Esme.bound(portOf(simulator), { version: 0x33 });
      assert.equal((await old.submit('919812345678', {}, [tlv(0x1400, '1')])).command_status, 0xc1);
    });

    it('do not know data_sm', async () => {
      const esme = await Esme.bound(portOf(await simulate()), { version: 0x33 });
      const answer = await esme.request('data_sm', { destination_addr: '919812345678' });
      assert.equal(answer.command_status, 0x03);
    });
  });

  describe('that are idle', () => {
    it('are asked with enquire_link once, then cut after the limit', async () => {
      const esme = await Esme.bound(portOf(await simulate({ idle: 0.2 })));
      const bound = Date.now();
      await esme.next('enquire_link');
      await esme.closed;
      const lived = Date.now() - bound;
      assert.deepEqual(esme.inbox, []);
      assert.ok(lived >= 190, `${lived} ms`);
    });

    it('stay while the customer asks', async () => {
      const simulator = await simulate({ idle: 0.5 });
      const esme = await Esme.bound(portOf(simulator));
      const end = Date.now() + 1000;
      while (Date.now() < end) {
        await esme.request('enquire_link');
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.equal(simulator.state().servers[0]!.binds, 1);
    });

    it('are cut too where nobody binds', async () => {
      const esme = await Esme.connect(portOf(await simulate({ idle: 0.1 })));
      await esme.closed;
    });
  });

  describe('during maintenance', () => {
    it('are asked to unbind, finish their business, and find the door closed until the start', async () => {
      const simulator = await simulate();
      const esme = await Esme.bound(portOf(simulator));
      await post(simulator, '/servers/1/drain');
      const unbind = await esme.next('unbind');
      assert.equal((await esme.submit('919812345678')).command_status, 0);
      assert.equal(simulator.state().servers[0]!.state, 'draining');
      const late = await Esme.connect(portOf(simulator));
      assert.equal((await late.bind()).command_status, 0x08);
      await late.closed;
      esme.send('unbind_resp', { sequence_number: unbind.sequence_number });
      await esme.closed;
      await post(simulator, '/servers/1/start');
      const again = await Esme.bound(portOf(simulator));
      assert.match(textOf(await again.next('deliver_sm')), /stat:DELIVRD/);
    });

    it('are cut where they do not go by themselves', async () => {
      const simulator = await simulate({ idle: 0.2 });
      const esme = await Esme.bound(portOf(simulator));
      await post(simulator, '/servers/1/drain');
      await esme.next('unbind');
      const alive = setInterval(() => esme.send('enquire_link'), 50);
      await esme.closed;
      clearInterval(alive);
    });

    it('may move to the other server', async () => {
      const simulator = await simulate();
      await post(simulator, '/servers/1/drain');
      await Esme.bound(portOf(simulator, 2));
    });
  });
});
