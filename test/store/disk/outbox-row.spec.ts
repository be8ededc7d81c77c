import assert from 'node:assert/strict';
import {
  entriesOf,
  MESSAGES,
  messagesIn,
  numberOf,
  recordAt,
  Row,
  rowRecord,
  rowsOf,
  tidied,
  weightOf,
  type Entry,
} from '../../../src/store/disk/outbox-row';

function entry(text: string, changes: Partial<Entry> = {}): Entry {
  const record = Buffer.from(text);
  return {
    urgent: false,
    queuedAt: 1,
    expiresAt: 2,
    row: Row.none,
    place: 0,
    body: null,
    size: record.length,
    record,
    message: null,
    left: null,
    interrupted: false,
    progressed: false,
    end: null,
    ...changes,
  };
}

describe('A row of the outbox', () => {
  describe('is made of entries', () => {
    it('until it has as many as a row may have', () => {
      const rows = [...rowsOf(Array.from({ length: 2 * MESSAGES + 1 }, () => entry('x')))];
      assert.deepEqual(
        rows.map(({ length }) => length),
        [MESSAGES, MESSAGES, 1],
      );
    });

    it('until their octets are enough, in their order', () => {
      const entries = Array.from({ length: 5 }, () => entry('x'.repeat(70_000)));
      const rows = [...rowsOf(entries)];
      assert.deepEqual(
        rows.map(({ length }) => length),
        [2, 2, 1],
      );
      assert.deepEqual(rows.flat(), entries);
    });

    it('and is none without any', () => {
      assert.deepEqual([...rowsOf([])], []);
    });
  });

  describe('has of each message', () => {
    it('a state, and is over once all were told', () => {
      const row = Row.ofNew(7, [entry('a'), entry('b')]);
      assert.equal(row.setLeased(0, true), true);
      assert.equal(row.setLeased(0, true), false);
      assert.deepEqual([row.isLeased(0), row.isLeased(1), row.untidy], [true, false, false]);
      row.setTold(0);
      row.setTold(0);
      assert.deepEqual([row.isTold(0), row.isOver, row.untidy], [true, false, true]);
      row.setTold(1);
      assert.equal(row.isOver, true);
    });

    it('a state that a transaction writes as it was when that began', () => {
      const row = Row.ofNew(7, [entry('a')]);
      const { states } = row;
      row.setTold(0);
      assert.deepEqual([...states], [0]);
      assert.deepEqual([...row.states], [2]);
    });

    it('a number, which goes on from the row’s key', () => {
      const row = Row.ofNew(40, [entry('a'), entry('b')]);
      assert.equal(numberOf(entry('b', { row, place: 1 })), 41);
    });

    it('its weight in memory, with its part of what it shares', () => {
      const [a, b] = [entry('aaaa'), entry('bb')];
      const row = Row.ofNew(1, [a, b]);
      row.bodyOctets = 1000;
      assert.equal(weightOf({ ...a, row }), 504);
      assert.equal(weightOf(b), 2);
    });
  });

  it('knows once each body that its messages need', () => {
    const row = Row.ofNew(1, [entry('a', { body: 5 }), entry('b', { body: 5 }), entry('c'), entry('d', { body: 6 })]);
    assert.deepEqual(row.bodies, [5, 6]);
  });

  describe('as a record', () => {
    const entries = [entry('first', { urgent: true, queuedAt: 10, expiresAt: 20 }), entry(''), entry('third')];
    const record = rowRecord(entries, [9]);

    it('gives back the octets of each message', () => {
      assert.equal(messagesIn(record), 3);
      assert.deepEqual(
        [0, 1, 2].map((place) => recordAt(record, place).toString()),
        ['first', '', 'third'],
      );
    });

    it('gives back what is not told, and marks what was leased', () => {
      const row = new Row(1, Buffer.of(1, 2, 0), [9]);
      const [first, third, ...others] = entriesOf(record, row);
      assert.deepEqual(others, []);
      const { urgent, queuedAt, expiresAt, size, interrupted } = first!;
      assert.deepEqual([urgent, queuedAt, expiresAt, size, interrupted], [true, 10, 20, 5, true]);
      assert.deepEqual([third!.place, third!.size, third!.interrupted], [2, 5, false]);
    });

    it('loses the texts of what was told, and nothing else, once it is tidied', () => {
      const row = new Row(1, Buffer.of(2, 0, 0), [9]);
      const tidy = tidied(record, row);
      assert.deepEqual(
        [0, 1, 2].map((place) => recordAt(tidy, place).toString()),
        ['', '', 'third'],
      );
      assert.equal(tidy[1].includes('first'), false);
      assert.deepEqual(tidy[2], [9]);
      assert.deepEqual(recordAt(tidied(tidy, row), 2).toString(), 'third');
    });
  });
});
