import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Backlog, Lanes, type BacklogBind, type BacklogServer, type LeasedMessage } from '../../src/pool/backlog';
import { newLeased } from '../../src/pool/message-state';
import { outboxMessage } from '../store/messages';

function bind(ready = true): BacklogBind & { ready: boolean; isBound: boolean } {
  return { ready, isBound: true, followers: new Lanes(), submit: () => undefined };
}

function server(name: string, ...binds: BacklogBind[]): BacklogServer {
  return { name, binds: binds.length > 0 ? binds : [bind()], followers: new Lanes() };
}

function leased(order: number, segments = 1, urgent = false): LeasedMessage {
  const frames = Array.from({ length: segments }, () => Buffer.of(1));
  return newLeased(outboxMessage(String(order), { urgent, frames, messageIds: frames.map(() => null) }), order);
}

/** "message.segment" of all that this server may have. */
function drain(backlog: Backlog, by: BacklogServer): string[] {
  const names: string[] = [];
  for (let item = backlog.pull(by, false); item; item = backlog.pull(by, false)) {
    names.push(`${String(item.leased.order)}.${String(item.segment)}`);
  }
  return names;
}

describe('the backlog', () => {
  const [one, two] = [server('one'), server('two')];
  const begin = (): Backlog => new Backlog([one, two]);

  it('gives the urgent first, else the oldest', () => {
    const backlog = begin();
    for (let order = 0; order < 6; order++) backlog.add(leased(order, 1, order === 3 || order === 5), null);
    assert.equal(backlog.size, 6);
    assert.deepEqual(drain(backlog, one), ['3.0', '5.0', '0.0', '1.0', '2.0', '4.0']);
    assert.equal(backlog.size, 0);
  });

  it('gives the segments of a message one after the other', () => {
    const backlog = begin();
    backlog.add(leased(0, 3), null);
    backlog.add(leased(1), null);
    assert.deepEqual(drain(backlog, one), ['0.0', '0.1', '0.2', '1.0']);
  });

  it('keeps what was accepted already out of it', () => {
    const backlog = begin();
    const message = leased(0, 3);
    message.message.messageIds[1] = 'known';
    backlog.add(message, null);
    assert.deepEqual(drain(backlog, one), ['0.0', '0.2']);
  });

  it('keeps the order of what is given back, whatever the order it comes in', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 30 }),
        fc.nat(60),
        fc.infiniteStream(fc.nat(1000)),
        (lengths, pulled, chances) => {
          const backlog = begin();
          lengths.forEach((segments, order) => {
            backlog.add(leased(order, segments), null);
          });
          const taken = Array.from({ length: pulled }, () => backlog.pull(one, false)).filter((item) => !!item);
          while (taken.length > 0) {
            backlog.giveBack(taken.splice((chances.next().value as number) % taken.length, 1)[0]!);
          }
          assert.deepEqual(
            drain(backlog, one),
            lengths.flatMap((segments, order) =>
              Array.from({ length: segments }, (_, segment) => `${String(order)}.${String(segment)}`),
            ),
          );
          assert.equal(backlog.size, 0);
        },
      ),
    );
  });

  describe('of a message that has begun', () => {
    it('keeps the rest for the bind that it began on', () => {
      const backlog = begin();
      backlog.add(leased(0, 2), null);
      backlog.add(leased(1), null);
      const first = backlog.pull(one, true)!;
      backlog.follow(first.leased, one.binds[0]!);
      assert.equal(backlog.sizeFor(two), 1);
      assert.deepEqual(drain(backlog, two), ['1.0']);
      assert.deepEqual(drain(backlog, one), ['0.1']);
    });

    it('passes it over while its bind has no room, and gives others meanwhile', () => {
      const [full, free] = [bind(), bind()];
      const by = server('one', full, free);
      const backlog = new Backlog([by]);
      backlog.add(leased(0, 2), null);
      backlog.add(leased(1), null);
      backlog.follow(backlog.pull(by, false)!.leased, full);
      full.ready = false;
      assert.deepEqual(drain(backlog, by), ['1.0']);
      full.ready = true;
      assert.deepEqual(drain(backlog, by), ['0.1']);
    });

    it('gives the urgent between two of its segments', () => {
      const backlog = begin();
      backlog.add(leased(0, 3), null);
      backlog.follow(backlog.pull(one, false)!.leased, one.binds[0]!);
      backlog.add(leased(1, 1, true), null);
      assert.deepEqual(drain(backlog, one), ['1.0', '0.1', '0.2']);
    });

    it('leaves it to another bind of its server once its own is gone, and then to any server', () => {
      const backlog = begin();
      backlog.add(leased(0, 2), null);
      backlog.follow(backlog.pull(one, false)!.leased, one.binds[0]!);
      backlog.bindGone(one.binds[0]!, one);
      assert.deepEqual([backlog.sizeFor(one), backlog.sizeFor(two)], [1, 0]);
      backlog.serverGone(one);
      assert.deepEqual(drain(backlog, two), ['0.1']);
    });

    it('leaves it to the server that it began on before a restart', () => {
      const backlog = begin();
      backlog.add(leased(0, 2), one);
      assert.equal(backlog.pull(two, true), undefined);
      assert.deepEqual(drain(backlog, one), ['0.0', '0.1']);
    });
  });

  it('passes over what avoids a server while another can take it', () => {
    const backlog = begin();
    const [avoiding, other] = [leased(0), leased(1)];
    avoiding.avoid = 'one';
    backlog.add(avoiding, null);
    backlog.add(other, null);
    assert.equal(backlog.pull(one, true)?.leased, other);
    assert.equal(backlog.pull(one, true), undefined);
    assert.equal(backlog.pull(two, true)?.leased, avoiding);
  });

  it('gives a server what avoids it when no other can take it', () => {
    const backlog = begin();
    const avoiding = leased(0);
    avoiding.avoid = 'one';
    backlog.add(avoiding, null);
    assert.equal(backlog.pull(one, false)?.leased, avoiding);
  });

  it('lets a message step aside, with what comes back of it, until it is lined up again', () => {
    const backlog = begin();
    const message = leased(0, 3);
    backlog.add(message, null);
    backlog.add(leased(1), null);
    const first = backlog.pull(one, false)!;
    backlog.setAside(message);
    backlog.giveBack(first);
    assert.equal(backlog.size, 1);
    assert.deepEqual(drain(backlog, one), ['1.0']);
    backlog.lineUp(message);
    assert.deepEqual(drain(backlog, one), ['0.0', '0.1', '0.2']);
  });

  it('takes out what is unwanted, in order, wherever it stands', () => {
    const backlog = begin();
    for (let order = 0; order < 10; order++) backlog.add(leased(order, 2, order === 9), order === 3 ? one : null);
    const removed = backlog.remove(({ order }) => order % 3 === 0);
    assert.deepEqual(
      removed.map(({ order }) => order),
      [9, 0, 3, 6],
    );
    assert.equal(backlog.size, 12);
    assert.equal(drain(backlog, one).length, 12);
  });
});
