import assert from 'node:assert/strict';
import { COMMAND } from '../../src/smpp/commands';
import { TLV, type Delivery } from '../../src/smpp/pdu';
import { encodePdu } from '../../src/smpp/codec';
import {
  sequenceAfter,
  Session,
  type CloseReason,
  type SessionHandler,
  type SessionOptions,
  type Unanswered,
} from '../../src/smpp/session';
import { encodeSubmit } from '../../src/smpp/submit';
import { HandClock } from '../support/clock';
import { closePlatforms, FakePlatform, type Link } from '../support/fake-platform';
import { Heard } from '../support/pool-run';

const OPTIONS = {
  host: '127.0.0.1',
  tls: null,
  mode: 'transceiver',
  systemId: 'demo',
  password: 'S3cretS3',
  systemType: 'smpp',
  interfaceVersion: 0x34,
  addressRange: '',
  addrTon: 0,
  addrNpi: 0,
  window: 3,
  enquireLink: 60_000,
  responseTimeout: 30_000,
} as const;

const ADDRESS = { ton: 1, npi: 1, addr: '919812345678' };

function frame(operation: 'submit_sm' | 'data_sm' = 'submit_sm', payload = Buffer.from('alarm')): Buffer {
  return encodeSubmit({
    operation,
    serviceType: '',
    source: ADDRESS,
    destination: ADDRESS,
    esmClass: 0,
    protocolId: 0,
    priorityFlag: 0,
    scheduleDeliveryTime: '',
    validityPeriod: '',
    registeredDelivery: 1,
    dataCoding: 0,
    shortMessage: operation === 'submit_sm' ? payload : Buffer.alloc(0),
    tlvs: operation === 'submit_sm' ? [] : [{ tag: TLV.messagePayload, value: payload }],
  });
}

const DELIVERY = { source_addr: '919812345678', destination_addr: '56767', short_message: Buffer.from('STOP') };

type Happening =
  | { readonly event: 'answered' | 'late'; readonly item: string; readonly status: number; readonly id: string | null }
  | { readonly event: 'timed out'; readonly item: string }
  | { readonly event: 'bound' | 'leaving' | 'writable' };

/** Writes down what a session tells. */
class Recorder implements SessionHandler<string> {
  readonly happened = new Heard<Happening>();
  readonly deliveries = new Heard<{ readonly delivery: Delivery; readonly answer: (status: number) => void }>();
  readonly oddities = new Heard<string>();
  readonly closings = new Heard<{ readonly reason: CloseReason; readonly unanswered: readonly Unanswered<string>[] }>();
  fail = false;

  bound(): void {
    this.happened.add({ event: 'bound' });
  }
  answered(item: string, status: number, id: string | null): void {
    this.happened.add({ event: 'answered', item, status, id });
  }
  timedOut(item: string): void {
    this.happened.add({ event: 'timed out', item });
  }
  answeredLate(item: string, status: number, id: string | null): void {
    this.happened.add({ event: 'late', item, status, id });
  }
  delivered(delivery: Delivery, answer: (status: number) => void): void {
    if (this.fail) throw new Error('handler failed');
    this.deliveries.add({ delivery, answer });
  }
  leaving(): void {
    this.happened.add({ event: 'leaving' });
  }
  writable(): void {
    this.happened.add({ event: 'writable' });
  }
  odd(message: string): void {
    this.oddities.add(message);
  }
  closed(reason: CloseReason, unanswered: readonly Unanswered<string>[]): void {
    this.closings.add({ reason, unanswered });
  }
  heard(event: Happening['event']): Promise<Happening> {
    return this.happened.one((happening) => happening.event === event);
  }
}

interface Run {
  readonly session: Session<string>;
  readonly heard: Recorder;
  readonly clock: HandClock;
  readonly platform: FakePlatform;
}

async function run(change: Partial<SessionOptions> = {}): Promise<Run> {
  const platform = await FakePlatform.listen();
  const heard = new Recorder();
  const clock = new HandClock();
  const session = new Session<string>({ ...OPTIONS, port: platform.port, ...change }, heard, clock);
  return { session, heard, clock, platform };
}

async function bound(change: Partial<SessionOptions> = {}): Promise<Run & { readonly link: Link }> {
  const started = await run(change);
  const link = await started.platform.boundLink();
  await started.heard.heard('bound');
  return { ...started, link };
}

/** A round trip: whatever was written to the session before it has been dealt with. */
async function settled(link: Link): Promise<void> {
  const sequence = link.send('enquire_link');
  while ((await link.nextOf('enquire_link_resp')).sequence !== sequence);
}

describe('a session', () => {
  afterEach(closePlatforms);

  describe('on its way to the bind', () => {
    it('binds with the values it was given', async () => {
      const { platform, heard, session } = await run();
      const link = await platform.link();
      const bind = await link.next();
      assert.equal(bind.command, 'bind_transceiver');
      assert.deepEqual(
        [bind.fields.system_id, bind.fields.password, bind.fields.system_type, bind.fields.interface_version],
        ['demo', 'S3cretS3', 'smpp', 0x34],
      );
      assert.equal(session.ready, false);
      link.answer(bind);
      await heard.heard('bound');
      assert.equal(session.ready, true);
    });

    it('says with which status the bind was refused, and closes', async () => {
      const { platform, heard } = await run();
      const link = await platform.link();
      link.answer(await link.next(), {}, 0x0e);
      const { reason } = await heard.closings.one();
      assert.equal(reason.code, 'bind-refused');
      assert.equal(reason.status, 0x0e);
      await link.closed;
    });

    it('takes a generic_nack for a refused bind', async () => {
      const { platform, heard } = await run();
      const link = await platform.link();
      await link.next();
      link.write(encodePdu('generic_nack', {}, 0, 0x03));
      assert.deepEqual((await heard.closings.one()).reason.status, 0x03);
    });

    it('does not take the answer to another kind of bind for its own', async () => {
      const { platform, heard, clock } = await run();
      const link = await platform.link();
      const { sequence } = await link.next();
      link.write(encodePdu('bind_receiver_resp', {}, sequence));
      await heard.oddities.one();
      clock.turn(30_000);
      assert.equal((await heard.closings.one()).reason.code, 'bind-timeout');
    });

    it('gives up a platform that never answers the bind', async () => {
      const { platform, heard, clock } = await run();
      const link = await platform.link();
      await link.next();
      clock.turn(29_999);
      assert.equal(heard.closings.all.length, 0);
      clock.turn(1);
      assert.equal(heard.closings.all[0]?.reason.code, 'bind-timeout');
      await link.closed;
      assert.equal(clock.timers, 0);
    });

    it('says that the platform closed the connection before the bind', async () => {
      const { platform, heard } = await run();
      const link = await platform.link();
      await link.next();
      link.socket.end();
      const { reason } = await heard.closings.one();
      assert.equal(reason.code, 'closed-before-bind');
      assert.match(reason.message, /after 0 ms/);
    });

    it('says that nothing listens', async () => {
      const platform = await FakePlatform.listen();
      const { port } = platform;
      await platform.close();
      const heard = new Recorder();
      const clock = new HandClock();
      new Session<string>({ ...OPTIONS, port }, heard, clock);
      assert.equal((await heard.closings.one()).reason.code, 'connect-refused');
      assert.equal(clock.timers, 0);
    });

    it('says that the host is not known', async () => {
      const { heard } = await run({ host: 'no-such-host.invalid' });
      assert.equal((await heard.closings.one()).reason.code, 'dns');
    });

    it('is closed at once when it is told to leave', async () => {
      const { platform, heard, session, clock } = await run();
      const link = await platform.link();
      await link.next();
      await session.unbind(1000);
      assert.equal(heard.closings.all.length, 1);
      assert.equal(clock.timers, 0);
      await link.closed;
    });
  });

  describe('fed with what is not SMPP', () => {
    for (const [name, octets] of [
      ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
      ['zeros', Buffer.alloc(64)],
      ['a length below the header', Buffer.from('0000000f8000000600000000', 'hex')],
      ['a length beyond all bounds', Buffer.from('7fffffff80000006000000000000000100', 'hex')],
    ] as const) {
      it(`closes at once: ${name}`, async () => {
        const { link, session, heard } = await bound();
        session.submit(frame(), 'a');
        await link.nextOf('submit_sm');
        link.write(Buffer.from(octets));
        const { reason, unanswered } = await heard.closings.one();
        assert.equal(reason.code, 'framing');
        assert.deepEqual(unanswered, [{ item: 'a', sent: true }]);
        await link.closed;
      });
    }

    it('still takes the whole PDUs in front of the garbage', async () => {
      const { link, session, heard } = await bound();
      session.submit(frame(), 'a');
      const submit = await link.nextOf('submit_sm');
      link.write(
        Buffer.concat([
          encodePdu('submit_sm_resp', { message_id: 'id1' }, submit.sequence),
          Buffer.from('HTTP/1.1 400\r\n\r\n'),
        ]),
      );
      assert.deepEqual((await heard.closings.one()).unanswered, []);
      assert.deepEqual(heard.happened.all.at(-1), { event: 'answered', item: 'a', status: 0, id: 'id1' });
    });

    it('says that a port speaks TLS', async () => {
      const { platform, heard } = await run();
      const link = await platform.link();
      link.write(Buffer.from('15030300020246', 'hex'));
      assert.match((await heard.closings.one()).reason.message, /this port speaks TLS/);
    });

    it('gives up a peer that stops in the middle of a PDU', async () => {
      const { link, clock, heard } = await bound();
      link.write(Buffer.concat([encodePdu('enquire_link', {}, 7), Buffer.from('00000010800000', 'hex')]));
      await link.nextOf('enquire_link_resp');
      clock.turn(30_000);
      assert.equal(heard.closings.all[0]?.reason.code, 'partial');
    });

    it('takes a PDU that comes octet by octet', async () => {
      const { link, heard } = await bound();
      for (const octet of encodePdu('deliver_sm', DELIVERY, 9)) {
        link.write(Buffer.of(octet));
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal((await heard.deliveries.one()).delivery.body.toString(), 'STOP');
    });

    it('drops a PDU that the end of the connection cuts', async () => {
      const { link, heard } = await bound();
      link.socket.end(encodePdu('deliver_sm', DELIVERY, 9).subarray(0, 40));
      assert.equal((await heard.closings.one()).reason.code, 'closed');
      assert.equal(heard.deliveries.all.length, 0);
    });
  });

  describe('asked for something', () => {
    it('answers enquire_link', async () => {
      const { link } = await bound();
      const sequence = link.send('enquire_link');
      const answer = await link.next();
      assert.deepEqual([answer.command, answer.sequence, answer.status], ['enquire_link_resp', sequence, 0]);
    });

    for (const command of ['deliver_sm', 'data_sm'] as const) {
      it(`answers ${command} when and as its handler says, once`, async () => {
        const { link, heard } = await bound();
        const fields =
          command === 'deliver_sm' ? DELIVERY : { source_addr: '1', message_payload: { message: Buffer.from('STOP') } };
        const sequence = link.send(command, fields);
        const { answer } = await heard.deliveries.one();
        answer(0x14);
        answer(0);
        await settled(link);
        const answers = link.received.filter((pdu) => pdu.command === `${command}_resp`);
        assert.deepEqual(
          answers.map(({ status, sequence: number }) => [status, number]),
          [[0x14, sequence]],
        );
      });
    }

    it('refuses a deliver_sm that cannot be read, and keeps the bind', async () => {
      const { link, heard, session } = await bound();
      const cut = encodePdu('deliver_sm', DELIVERY, 77).subarray(0, 24);
      cut.writeUInt32BE(24, 0);
      link.write(cut);
      const answer = await link.next();
      assert.deepEqual([answer.command, answer.status, answer.sequence], ['deliver_sm_resp', 0x65, 77]);
      assert.equal(heard.oddities.all.length, 1);
      assert.equal(session.ready, true);
    });

    it('asks for a deliver_sm again that its handler fails on, and keeps the bind', async () => {
      const { link, heard, session } = await bound();
      heard.fail = true;
      link.send('deliver_sm', DELIVERY);
      assert.equal((await link.next()).status, 0x64);
      assert.equal(heard.oddities.all.length, 1);
      assert.equal(session.ready, true);
    });

    it('asks for patience when deliveries come faster than they are taken', async () => {
      const { link, heard } = await bound();
      link.write(Buffer.concat(Array.from({ length: 2100 }, (_, n) => encodePdu('deliver_sm', DELIVERY, n + 1))));
      for (let n = 0; n < 100; n++) assert.equal((await link.next()).status, 0x14);
      assert.equal(heard.deliveries.all.length, 2000);
      for (const { answer } of heard.deliveries.all) answer(0);
      for (let n = 0; n < 2000; n++) assert.equal((await link.next()).status, 0);
      link.send('deliver_sm', DELIVERY);
      await heard.deliveries.many(2001);
    });

    it('answers a request it does not know with generic_nack', async () => {
      const { link, session, heard } = await bound();
      link.write(Buffer.from('00000010000001ff0000000000000005', 'hex'));
      const answer = await link.next();
      assert.deepEqual([answer.command, answer.status, answer.sequence], ['generic_nack', 0x03, 5]);
      link.send('submit_sm', DELIVERY);
      assert.equal((await link.next()).command, 'generic_nack');
      assert.equal(session.ready, true);
      assert.equal(heard.oddities.all.length, 2);
    });

    it('answers neither outbind, nor alert_notification, nor a response it does not know', async () => {
      const { link, session } = await bound();
      link.send('outbind', { system_id: 'x', password: 'y' });
      link.send('alert_notification', { source_addr: '1', esme_addr: '2' });
      link.write(Buffer.from('00000010800001ff0000000000000005', 'hex'));
      link.write(encodePdu('generic_nack', {}, 0, 0x08));
      link.write(encodePdu('enquire_link_resp', {}, 0x1234));
      link.write(encodePdu('unbind_resp', {}, 0x1234));
      link.write(encodePdu('bind_transceiver_resp', {}, 1, 0x0e));
      await settled(link);
      assert.equal(link.received.length, 2);
      assert.equal(session.ready, true);
    });
  });

  describe('with submits in its window', () => {
    it('hands the answer to the submit it belongs to, whatever the order', async () => {
      const { link, session, heard } = await bound();
      for (const item of ['a', 'b', 'c']) session.submit(frame(), item);
      assert.equal(session.ready, false);
      const submits = [await link.next(), await link.next(), await link.next()];
      link.answer(submits[2]!, { message_id: 'id3' });
      link.answer(submits[0]!, {}, 0x58);
      link.answer(submits[1]!, { message_id: 'id2' });
      await settled(link);
      assert.deepEqual(heard.happened.all.slice(1), [
        { event: 'answered', item: 'c', status: 0, id: 'id3' },
        { event: 'answered', item: 'a', status: 0x58, id: null },
        { event: 'answered', item: 'b', status: 0, id: 'id2' },
      ]);
      assert.equal(session.ready, true);
      assert.equal(session.inFlight, 0);
    });

    it('takes an answer without a body', async () => {
      const { link, session, heard } = await bound();
      session.submit(frame(), 'a');
      const { sequence } = await link.next();
      const header = Buffer.from('00000010800000040000000000000000', 'hex');
      header.writeUInt32BE(sequence, 12);
      link.write(header);
      assert.deepEqual(await heard.heard('answered'), { event: 'answered', item: 'a', status: 0, id: null });
    });

    it('takes a generic_nack with its number for the answer', async () => {
      const { link, session, heard } = await bound();
      session.submit(frame(), 'a');
      const { sequence } = await link.next();
      link.write(encodePdu('generic_nack', {}, sequence, 0x02));
      assert.deepEqual(await heard.heard('answered'), { event: 'answered', item: 'a', status: 2, id: null });
    });

    it('ignores an answer of another kind, a second one, and one to nothing', async () => {
      const { link, session, heard } = await bound();
      session.submit(frame(), 'a');
      const submit = await link.next();
      link.write(encodePdu('data_sm_resp', { message_id: 'no' }, submit.sequence));
      link.write(encodePdu('deliver_sm_resp', {}, submit.sequence));
      link.write(encodePdu('submit_sm_resp', { message_id: 'no' }, 4711));
      await settled(link);
      assert.equal(session.inFlight, 1);
      link.answer(submit, { message_id: 'yes' });
      link.answer(submit, { message_id: 'no' });
      await settled(link);
      assert.deepEqual(heard.happened.all.slice(1), [{ event: 'answered', item: 'a', status: 0, id: 'yes' }]);
      assert.equal(heard.oddities.all.length, 4);
    });

    it('sends data_sm and takes data_sm_resp', async () => {
      const { link, session, heard } = await bound();
      session.submit(frame('data_sm'), 'a');
      const submit = await link.next();
      assert.equal(submit.command, 'data_sm');
      link.answer(submit, { message_id: 'id1' });
      await heard.heard('answered');
    });

    it('numbers its requests from 1 to 0x7FFFFFFF, then from 1 again', async () => {
      assert.equal(sequenceAfter(0), 1);
      assert.equal(sequenceAfter(0x7ffffffe), 0x7fffffff);
      assert.equal(sequenceAfter(0x7fffffff), 1);
      const { link, session } = await bound();
      session.submit(frame(), 'a');
      session.submit(frame(), 'b');
      assert.deepEqual([(await link.next()).sequence, (await link.next()).sequence], [2, 3]);
    });

    it('sends what it is given in one turn in one piece', async () => {
      const { link, session } = await bound({ window: 50 });
      const pieces: number[] = [];
      link.socket.on('data', (chunk) => pieces.push(chunk.length));
      for (let n = 0; n < 50; n++) session.submit(frame(), String(n));
      for (let n = 0; n < 50; n++) await link.next();
      assert.deepEqual(pieces, [50 * frame().length]);
    });

    it('gives everything back when the link is lost, and tells what was not sent', async () => {
      const { link, session, heard, clock } = await bound();
      session.submit(frame(), 'a');
      await link.next();
      session.submit(frame(), 'b');
      session.destroy({ code: 'destroyed', message: 'test' });
      assert.deepEqual(heard.closings.all[0]?.unanswered, [
        { item: 'a', sent: true },
        { item: 'b', sent: false },
      ]);
      assert.equal(clock.timers, 0);
      session.destroy({ code: 'destroyed', message: 'again' });
      await link.closed;
      assert.equal(heard.closings.all.length, 1);
      assert.equal(session.ready, false);
    });

    it('takes no submit once the platform has closed its side', async () => {
      const { link, session, heard } = await bound();
      session.submit(frame(), 'a');
      const submit = await link.next();
      link.answer(submit, { message_id: 'id1' });
      link.socket.end();
      const { reason, unanswered } = await heard.closings.one();
      assert.deepEqual([reason.code, unanswered], ['closed', []]);
      await heard.heard('answered');
    });

    it('gives everything back when the connection is reset', async () => {
      const { link, session, heard } = await bound();
      session.submit(frame(), 'a');
      await link.next();
      link.socket.resetAndDestroy();
      const { reason, unanswered } = await heard.closings.one();
      assert.equal(reason.code, 'reset');
      assert.deepEqual(unanswered, [{ item: 'a', sent: true }]);
    });

    it('is not ready while the peer does not read, and is again when it does', async () => {
      const { link, session, heard } = await bound({ window: 1_000_000 });
      link.socket.pause();
      const long = frame('data_sm', Buffer.alloc(60_000));
      let count = 0;
      while (session.ready) {
        for (let n = 0; n < 10; n++) session.submit(long, String(count++));
        await new Promise((resolve) => setImmediate(resolve));
        assert.ok(count < 5000, 'the socket took it all');
      }
      link.socket.resume();
      await heard.heard('writable');
      assert.equal(session.ready, true);
    });

    it('reads no more from a peer that does not read its answers', async () => {
      const { link, heard } = await bound();
      const questions = Buffer.concat(Array.from({ length: 60_000 }, () => encodePdu('enquire_link', {}, 1)));
      link.socket.pause();
      let still = 0;
      while (still < 20) {
        const before = link.socket.bytesWritten - link.socket.writableLength;
        if (link.socket.writableLength === 0) link.write(questions);
        await new Promise((resolve) => setTimeout(resolve, 5));
        const taken = link.socket.bytesWritten - link.socket.writableLength;
        still = taken === before ? still + 1 : 0;
        assert.ok(taken < 100_000_000, 'it reads on for ever');
      }
      link.socket.resume();
      await new Promise((resolve) => link.socket.once('drain', resolve));
      await settled(link);
      assert.equal(heard.closings.all.length, 0);
    });
  });

  describe('in silence', () => {
    it('asks whether the peer is there, and waits on when it is', async () => {
      const { link, clock, heard } = await bound();
      clock.turn(59_999);
      clock.turn(1);
      const enquire = await link.next();
      assert.equal(enquire.command, 'enquire_link');
      link.answer(enquire);
      await settled(link);
      clock.turn(59_999);
      assert.equal(heard.closings.all.length, 0);
      clock.turn(1);
      assert.equal((await link.next()).command, 'enquire_link');
    });

    it('closes when there is no answer', async () => {
      const { link, clock, heard } = await bound();
      clock.turn(60_000);
      await link.next();
      clock.turn(29_999);
      assert.equal(heard.closings.all.length, 0);
      clock.turn(1);
      assert.equal(heard.closings.all[0]?.reason.code, 'silent');
    });

    it('does not ask while the peer is heard', async () => {
      const { link, clock } = await bound();
      for (let n = 0; n < 5; n++) {
        clock.turn(50_000);
        await settled(link);
      }
      assert.ok(link.received.every(({ command }) => command !== 'enquire_link'));
    });

    it('tells of a submit that is not answered, and still takes its answer later', async () => {
      const { link, clock, session, heard } = await bound();
      session.submit(frame(), 'a');
      const submit = await link.nextOf('submit_sm');
      clock.turn(30_000);
      await heard.heard('timed out');
      assert.equal(session.inFlight, 0);
      link.answer(submit, { message_id: 'id1' });
      assert.deepEqual(await heard.heard('late'), { event: 'late', item: 'a', status: 0, id: 'id1' });
      link.answer(submit, { message_id: 'id1' });
      await heard.oddities.one();
    });

    it('gives up a peer that answers enquire_link but swallows submits', async () => {
      const { link, clock, session, heard } = await bound({ enquireLink: 10_000 });
      session.submit(frame(), 'a');
      session.submit(frame(), 'b');
      for (let n = 0; n < 2; n++) {
        clock.turn(10_000);
        link.answer(await link.nextOf('enquire_link'));
        await settled(link);
      }
      clock.turn(10_000);
      const { reason, unanswered } = await heard.closings.one();
      assert.equal(reason.code, 'no-answers');
      assert.equal(unanswered.length, 2);
    });

    it('keeps a link that answers other submits', async () => {
      const { link, clock, session, heard } = await bound();
      session.submit(frame(), 'a');
      session.submit(frame(), 'b');
      await link.nextOf('submit_sm');
      await link.nextOf('submit_sm');
      clock.turn(20_000);
      session.submit(frame(), 'c');
      link.answer(await link.nextOf('submit_sm'), { message_id: 'id' });
      await heard.heard('answered');
      clock.turn(10_000);
      await settled(link);
      assert.deepEqual(
        heard.happened.all.slice(2).map((happening) => happening.event),
        ['timed out', 'timed out'],
      );
      assert.equal(session.ready, true);
    });
  });

  describe('after a time in which the process did not run', () => {
    it('reads the answers that came meanwhile before it judges the peer', async () => {
      const { link, clock, session, heard } = await bound();
      session.submit(frame(), 'a');
      session.submit(frame(), 'b');
      const [a, b] = [await link.nextOf('submit_sm'), await link.nextOf('submit_sm')];
      link.answer(a, { message_id: 'id1' });
      link.answer(b, { message_id: 'id2' });
      clock.stall(35_000);
      assert.equal((await heard.heard('answered')).event, 'answered');
      await settled(link);
      assert.deepEqual(
        heard.happened.all.slice(1).map(({ event }) => event),
        ['answered', 'answered'],
      );
      assert.equal(heard.closings.all.length, 0);
    });

    it('reads far more than one chunk of them', async () => {
      const { link, clock, session, heard } = await bound({ window: 5000 });
      const submits = 4000;
      for (let n = 0; n < submits; n++) session.submit(frame(), String(n));
      for (let n = 0; n < submits; n++) {
        const submit = await link.nextOf('submit_sm');
        // Deliveries before the answer, so that it lies far back in the socket.
        link.answer(submit, { message_id: 'x'.repeat(64) });
      }
      clock.stall(35_000);
      while (heard.happened.all.length < submits + 1) await settled(link);
      assert.ok(heard.happened.all.slice(1).every(({ event }) => event === 'answered'));
      assert.equal(heard.closings.all.length, 0);
    });

    it('gives the peer the time back in which it was not listened to', async () => {
      const { link, clock, session, heard } = await bound();
      session.submit(frame(), 'a');
      const submit = await link.nextOf('submit_sm');
      clock.turn(29_000);
      clock.stall(600_000);
      await settled(link);
      assert.equal(heard.closings.all.length, 0);
      assert.ok(!heard.happened.all.some(({ event }) => event === 'timed out'));
      link.answer(submit, { message_id: 'id1' });
      assert.equal((await heard.heard('answered')).event, 'answered');
    });

    it('still gives up a peer that goes on to be silent', async () => {
      const { clock, heard, link } = await bound();
      clock.stall(100_000);
      await settled(link);
      clock.turn(59_999);
      assert.equal(heard.closings.all.length, 0);
      clock.turn(1);
      await link.nextOf('enquire_link');
      clock.turn(29_000);
      assert.equal(heard.closings.all.length, 0);
      clock.turn(1000);
      assert.equal((await heard.closings.one()).reason.code, 'silent');
    });

    it('does not end a bind whose answer lies in the socket', async () => {
      const { platform, heard, clock } = await run();
      const link = await platform.link();
      const bind = await link.next();
      link.answer(bind, { system_id: 'x' });
      clock.stall(35_000);
      await heard.heard('bound');
      assert.equal(heard.closings.all.length, 0);
    });
  });

  describe('at its end', () => {
    it('settles its window, unbinds and closes', async () => {
      const { link, session, heard, clock } = await bound();
      session.submit(frame(), 'a');
      const submit = await link.next();
      const gone = session.unbind(5000);
      assert.equal(session.ready, false);
      link.send('deliver_sm', DELIVERY);
      (await heard.deliveries.one()).answer(0);
      assert.equal((await link.next()).command, 'deliver_sm_resp');
      link.answer(submit, { message_id: 'id1' });
      const unbind = await link.next();
      assert.equal(unbind.command, 'unbind');
      link.answer(unbind);
      await gone;
      assert.deepEqual(heard.closings.all, [{ reason: { code: 'unbound', message: 'disconnected' }, unanswered: [] }]);
      assert.equal(clock.timers, 0);
      await link.closed;
    });

    it('does not wait longer than it was told, for the window, for the answer, for the close', async () => {
      const { link, session, heard, clock } = await bound();
      session.submit(frame(), 'a');
      await link.next();
      const gone = session.unbind(5000);
      clock.turn(5000);
      assert.equal((await link.next()).command, 'unbind');
      clock.turn(3000);
      clock.turn(1000);
      await gone;
      assert.deepEqual(heard.closings.all[0]?.unanswered, [{ item: 'a', sent: true }]);
      assert.equal(clock.timers, 0);
    });

    it('settles its window before it answers the unbind of the platform', async () => {
      const { link, session, heard, clock } = await bound();
      session.submit(frame(), 'a');
      session.submit(frame(), 'b');
      const submits = [await link.next(), await link.next()];
      const sequence = link.send('unbind');
      await heard.heard('leaving');
      assert.equal(session.ready, false);
      link.answer(submits[0]!, { message_id: 'id1' });
      link.send('enquire_link');
      assert.equal((await link.next()).command, 'enquire_link_resp');
      link.answer(submits[1]!, { message_id: 'id2' });
      const answer = await link.next();
      assert.deepEqual([answer.command, answer.sequence], ['unbind_resp', sequence]);
      const { reason, unanswered } = await heard.closings.one();
      assert.equal(reason.code, 'maintenance');
      assert.deepEqual(unanswered, []);
      assert.equal(clock.timers, 0);
    });

    it('leaves a platform in maintenance that answers no more', async () => {
      const { link, session, heard, clock } = await bound();
      session.submit(frame(), 'a');
      await link.next();
      link.send('unbind');
      await heard.heard('leaving');
      clock.turn(5000);
      assert.equal((await link.next()).command, 'unbind_resp');
      const { reason, unanswered } = await heard.closings.one();
      assert.equal(reason.code, 'maintenance');
      assert.equal(unanswered.length, 1);
    });

    it('settles its window when both sides want to leave', async () => {
      const { link, session, heard } = await bound();
      session.submit(frame(), 'a');
      const submit = await link.next();
      const gone = session.unbind(5000);
      link.send('unbind');
      await settled(link);
      assert.equal(session.inFlight, 1);
      link.answer(submit, { message_id: 'id1' });
      assert.equal((await link.next()).command, 'unbind_resp');
      await gone;
      assert.deepEqual(heard.closings.all[0]?.unanswered, []);
    });

    it('answers an unbind that crosses its own', async () => {
      const { link, session } = await bound();
      const gone = session.unbind(0);
      assert.equal((await link.next()).command, 'unbind');
      link.send('unbind');
      assert.equal((await link.next()).command, 'unbind_resp');
      await gone;
    });

    it('never shows the password', async () => {
      const { platform, heard } = await run();
      const link = await platform.link();
      const bind = await link.next();
      assert.equal(bind.commandId, COMMAND.bind_transceiver);
      link.write(encodePdu('generic_nack', {}, bind.sequence, 0x03));
      const { reason } = await heard.closings.one();
      assert.ok(!JSON.stringify([reason, heard.oddities.all]).includes('S3cretS3'));
    });
  });
});
