import type { MessageState } from './receipt';

/**
 * The words in which platforms write a message's state. The first word of each row is SMPP's own (3.4 appendix B;
 * SCHEDULED and SKIPPED are of 5.0) and decides by itself. The others are spellings seen in practice. They count only
 * where the code table knows neither the error number nor the word.
 */
const WORDS: Readonly<Record<MessageState, readonly [own: string, ...synonyms: string[]]>> = {
  DELIVERED: [
    'DELIVRD',
    'DELIVERED',
    'DELIVERD',
    'DELIVRED',
    'DELIVERE',
    'DELIVER',
    'DELIV',
    'DELVRD',
    'DLVRD',
    'DELIVEREDTOHANDSET',
    'DELIVEREDTOTERMINAL',
    'DELIVERYSUCCESS',
    'DELIVERYSUCCESSFUL',
    'SUCCESSFULLYDELIVERED',
    'SUCCESS',
    'SUCCESSFUL',
    'READ',
    'SEEN',
    'DISPLAYED',
  ],
  ACCEPTED: ['ACCEPTD', 'ACCEPTED', 'ACCEPT', 'ACCPTD', 'ACCEPTE', 'ACKED', 'ACK'],
  ENROUTE: [
    'ENROUTE',
    'ENROUT',
    'BUFFRED',
    'BUFFERED',
    'BUFFERD',
    'BUFFERE',
    'BUFFEREDSMSC',
    'SMSCBUFFERED',
    'PENDING',
    'SENT',
    'QUEUED',
    'SUBMITTED',
    'SUBMITD',
    'SUBMITT',
    'INTRANSIT',
    'INPROGRESS',
    'PROCESSING',
    'DEFERRED',
    'RETRY',
    'RETRYING',
    'WILLRETRY',
    'ONTHEWAY',
    'PROCESSED',
    'DISPATCHED',
    'WAITING',
  ],
  SCHEDULED: ['SCHEDULED', 'SCHEDLD', 'SCHEDULD', 'SCHEDUL', 'SCHEDULE', 'SCHED'],
  EXPIRED: ['EXPIRED', 'EXPIRD', 'EXPRD', 'EXPIRE', 'TTLEXPIRED', 'TIMEOUT', 'TIMEDOUT'],
  UNDELIVERABLE: [
    'UNDELIV',
    'UNDELIVERABLE',
    'UNDELIVERED',
    'UNDELIVERD',
    'UNDELIVRD',
    'UNDELIVRED',
    'UNDELIVERA',
    'UNDELIVE',
    'UNDELVRD',
    'UNDLVRD',
    'UNDELVD',
    'UNDLIV',
    'NOTDELIVERED',
    'NOTDELIVRD',
    'NOTDELIV',
    'NOTDELIVERABLE',
    'NONDELIVERED',
    'FAILEDTODELIVER',
    'UNREACHABLE',
    'DELIVERYFAILED',
    'DELIVERYFAILURE',
    'FAILED',
    'FAILURE',
    'FAIL',
  ],
  DELETED: ['DELETED', 'DELETD', 'DELETE', 'CANCELLED', 'CANCELED', 'CANCELD'],
  UNKNOWN: ['UNKNOWN', 'UNKNWN', 'UNKNOW', 'UNKNOWM'],
  REJECTED: ['REJECTD', 'REJECTED', 'REJECT', 'REJCTD', 'REJECTE', 'REFUSED', 'NACK', 'NACKED', 'BLOCKED'],
  SKIPPED: ['SKIPPED', 'SKIPPD', 'SKIPED'],
};

const OWN = new Map<string, MessageState>();
const SYNONYMS = new Map<string, MessageState>();
for (const [state, words] of Object.entries(WORDS) as [MessageState, readonly string[]][]) {
  OWN.set(words[0]!, state);
  for (const word of words) SYNONYMS.set(word, state);
}

/** The state of one of SMPP's own words, in upper or lower case; undefined for any other word. */
export function stateOfOwnWord(word: string): MessageState | undefined {
  return OWN.get(word.toUpperCase());
}

/** The state of a word in any known spelling; only letters count, in any case: NOT_DELIVERED, en-route, "DELIVRD,". */
export function stateOfSynonym(word: string): MessageState | undefined {
  return SYNONYMS.get(word.toUpperCase().replace(/[^A-Z]/g, ''));
}
