import assert from 'node:assert/strict';
import { DELIVERY_CODES } from '../../src/receipt/code-table';
import { deliveryStatusOf, worstStatus } from '../../src/receipt/delivery-status';
import type { DeliveryStatus } from '../../src/receipt/receipt';

function fate(status: string | null, error: string | null = null, messageState: number | null = null): DeliveryStatus {
  return deliveryStatusOf({ status, error, messageState, intermediate: false });
}

function brief({ state, group, final, delivered, retryable }: DeliveryStatus): string {
  return [state, group, final ? 'final' : 'open', delivered ? 'delivered' : '', retryable ? 'retryable' : '']
    .join(' ')
    .trim();
}

describe('deliveryStatusOf', () => {
  for (const code of DELIVERY_CODES) {
    it(`knows ${code.status} ${code.error} of the guide`, () => {
      assert.deepEqual(fate(code.status, code.error), {
        state: code.state,
        final: true,
        delivered: code.error === '000',
        status: code.status,
        error: code.error,
        description: code.description,
        group: code.group,
        retryable: code.retryable,
      });
    });
  }

  const own: [word: string, expected: string][] = [
    ['DELIVRD', 'DELIVERED delivered final delivered'],
    ['ACCEPTD', 'ACCEPTED pending open'],
    ['ENROUTE', 'ENROUTE pending open'],
    ['SCHEDULED', 'SCHEDULED pending open'],
    ['EXPIRED', 'EXPIRED temporary final  retryable'],
    ['UNDELIV', 'UNDELIVERABLE unexplained final'],
    ['DELETED', 'DELETED unexplained final'],
    ['SKIPPED', 'SKIPPED unexplained final'],
    ['UNKNOWN', 'UNKNOWN unexplained final'],
    ['REJECTD', 'REJECTED submission final'],
  ];
  for (const [word, expected] of own) {
    it(`lets SMPP's own ${word} decide, in any case, with error 0, none or an unknown one`, () => {
      for (const error of [null, '0', '000', '0000', '00B', '999']) assert.equal(brief(fate(word, error)), expected);
      assert.equal(brief(fate(word.toLowerCase())), expected);
      assert.equal(fate(word.toLowerCase()).status, word.toLowerCase());
    });
  }

  it('refines the group of an own word by a non-zero number of the table, and keeps the state', () => {
    assert.equal(brief(fate('REJECTD', '780')), 'REJECTED dlt final');
    assert.equal(brief(fate('UNDELIV', '0010')), 'UNDELIVERABLE temporary final  retryable');
    assert.equal(brief(fate('EXPIRED', '408')), 'EXPIRED policy final');
    assert.equal(fate('UNDELIV', '408').description, 'Number registered in dnd database.');
    assert.equal(brief(fate('ENROUTE', '010')), 'ENROUTE temporary open');
  });

  it('keeps DELIVRD delivered beside any error, and the error', () => {
    for (const { error } of DELIVERY_CODES) {
      assert.equal(brief(fate('DELIVRD', error)), 'DELIVERED delivered final delivered');
      assert.equal(fate('DELIVRD', error).error, error);
    }
  });

  it('puts the number before any other word', () => {
    assert.equal(brief(fate('NET-ERR', '019')), 'REJECTED submission final');
    assert.equal(brief(fate('MYSTERY-WORD', '781')), 'REJECTED dlt final');
  });

  it('falls back to a word that is unique in the table', () => {
    for (const error of [null, '000', '999', '21b']) {
      assert.equal(brief(fate('MOB-OFF', error)), 'UNDELIVERABLE temporary final  retryable');
    }
  });

  const strange = [
    ['MYSTERY-WORD', '999'],
    ['RT:0148', '148'],
    ['NET-ERR', null],
    ['SYSERR', '000'],
  ] as const;

  it('asks message_state what a word means that nothing explains, and is UNKNOWN without it', () => {
    for (const [word, error] of strange) {
      assert.equal(brief(fate(word, error, 2)), 'DELIVERED delivered final delivered');
      assert.equal(brief(fate(word, error, 5)), 'UNDELIVERABLE unexplained final');
      assert.equal(brief(fate(word, error, 6)), 'ACCEPTED pending open');
      for (const state of [null, 10, 200]) assert.equal(brief(fate(word, error, state)), 'UNKNOWN unknown final');
    }
  });

  const synonyms: [words: string, expected: string][] = [
    ['DELIVERED Delivered DELIVERD DELIV DELIVRD,', 'DELIVERED delivered final delivered'],
    ['ACCEPTED accepted ACKED', 'ACCEPTED pending open'],
    ['BUFFRED BUFFERED PENDING SENT EN_ROUTE en-route QUEUED SUBMITTED', 'ENROUTE pending open'],
    ['SCHEDLD SCHEDULD', 'SCHEDULED pending open'],
    ['EXPIRD TIMEOUT', 'EXPIRED temporary final  retryable'],
    ['UNDELIVERABLE UNDELIVERED UNDELIVRD NOT_DELIVERED not-delivered FAILED', 'UNDELIVERABLE unexplained final'],
    ['CANCELLED CANCELED', 'DELETED unexplained final'],
    ['REJECT REFUSED', 'REJECTED submission final'],
  ];
  for (const [words, expected] of synonyms) {
    it(`reads ${words.replaceAll(' ', ', ')} as SMPP's own word`, () => {
      for (const word of words.split(' ')) {
        for (const error of [null, '0', '000', '00B', '999']) {
          for (const state of [null, 2, 5, 6]) assert.equal(brief(fate(word, error, state)), expected, word);
        }
        assert.equal(fate(word).status, word);
      }
    });
  }

  it('puts a number of the table before a synonym', () => {
    assert.equal(brief(fate('UNDELIVERED', '010')), 'UNDELIVERABLE temporary final  retryable');
    assert.equal(brief(fate('FAILED', '014')), 'UNDELIVERABLE temporary final  retryable');
  });

  it('goes by message_state where there is no word', () => {
    const states = Array.from({ length: 10 }, (_, value) => fate(null, null, value).state);
    assert.deepEqual(states, [
      'SCHEDULED',
      'ENROUTE',
      'DELIVERED',
      'EXPIRED',
      'DELETED',
      'UNDELIVERABLE',
      'ACCEPTED',
      'UNKNOWN',
      'REJECTED',
      'SKIPPED',
    ]);
    assert.equal(brief(fate(null, '10', 5)), 'UNDELIVERABLE temporary final  retryable');
    assert.equal(brief(fate(null, '10', 2)), 'DELIVERED delivered final delivered');
  });

  it('goes by the number alone where there is neither', () => {
    assert.equal(brief(fate(null, '780')), 'REJECTED dlt final');
    assert.equal(brief(fate(null, '780', 42)), 'REJECTED dlt final');
    assert.equal(brief(fate(null, '000')), 'DELIVERED delivered final delivered');
    assert.equal(brief(fate(null)), 'UNKNOWN unknown final');
    assert.equal(brief(fate(null, null, 42)), 'UNKNOWN unknown final');
  });

  it('is not final, and so not retryable, in an intermediate notification', () => {
    for (const status of ['UNDELIV', 'MYSTERY-WORD', 'EXPIRED', 'MOB-OFF']) {
      const open = deliveryStatusOf({ status, error: null, messageState: null, intermediate: true });
      assert.equal(open.final, false);
      assert.equal(open.retryable, false);
    }
  });

  it('is on its way where an intermediate notification says what nothing explains', () => {
    for (const [status, error] of [...strange, [null, null], [null, '999']] as const) {
      const open = deliveryStatusOf({ status, error, messageState: null, intermediate: true });
      assert.equal(brief(open), 'ENROUTE pending open');
    }
  });
});

describe('worstStatus', () => {
  const delivered = fate('DELIVRD', '000');
  const absent = fate('ABSENT-SUB', '010');
  const multipart = fate('REJ-MULTIPART', '778');

  it('is the fate of a message of one segment', () => {
    assert.equal(worstStatus([absent]), absent);
  });

  it('is delivered only where every segment is', () => {
    assert.equal(worstStatus([delivered, delivered]), delivered);
    assert.equal(worstStatus([delivered, absent, delivered]), absent);
    assert.equal(worstStatus([delivered, fate('ENROUTE')]).state, 'ENROUTE');
  });

  it('follows the order REJECTED, UNDELIVERABLE, DELETED, EXPIRED, SKIPPED, UNKNOWN, pending, DELIVERED', () => {
    const order = [
      'REJECTD',
      'UNDELIV',
      'DELETED',
      'EXPIRED',
      'SKIPPED',
      'UNKNOWN',
      'ENROUTE',
      'SCHEDULED',
      'ACCEPTD',
      'DELIVRD',
    ];
    const fates = order.map((word) => fate(word));
    for (const [index, worst] of fates.entries()) {
      assert.equal(worstStatus(fates.slice(index)), worst);
      assert.equal(worstStatus(fates.slice(index).reverse()), worst);
    }
  });

  it('puts any final failure before what an intermediate notification says', () => {
    const open = deliveryStatusOf({ status: 'REJECTD', error: null, messageState: null, intermediate: true });
    assert.equal(worstStatus([open, fate('UNKNOWN'), delivered]).state, 'UNKNOWN');
    assert.equal(worstStatus([delivered, open]), open);
  });

  it('reads 778 as a failure of the message, behind the failure that caused it', () => {
    assert.equal(worstStatus([delivered, multipart, delivered]), multipart);
    assert.equal(worstStatus([multipart, absent, multipart]), absent);
    assert.equal(worstStatus([multipart, fate('EXPIRED', '021')]).state, 'EXPIRED');
    assert.equal(worstStatus([fate('MYSTERY-WORD'), multipart]), multipart);
  });

  it('is the first of equals', () => {
    const second = fate('MOB-OFF', '013');
    assert.equal(worstStatus([absent, second]), absent);
    assert.equal(worstStatus([second, absent]), second);
  });
});
