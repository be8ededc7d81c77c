import { codeByNumber, codeByWord, isRetryable } from './code-table';
import type { DeliveryCode } from './code-table';
import type { DeliveryGroup, DeliveryStatus, MessageState } from './receipt';
import { stateOfOwnWord, stateOfSynonym } from './status-words';

/** What a receipt says of a message's fate, as it came. */
export interface FateEvidence {
  /** The stat word. */
  readonly status: string | null;
  readonly error: string | null;
  /** Value of the message_state TLV. */
  readonly messageState: number | null;
  /** esm_class said intermediate notification: nothing is final yet. */
  readonly intermediate: boolean;
}

/** By the value of message_state (3.4 section 5.2.28; 0 and 9 are 5.0's). */
const STATE_OF_NUMBER: readonly MessageState[] = [
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
];

/** What a state says where no error number says more. */
const MEANING: Readonly<Record<MessageState, { readonly group: DeliveryGroup; readonly description: string }>> = {
  DELIVERED: { group: 'delivered', description: 'Delivered to SIM.' },
  ACCEPTED: { group: 'pending', description: 'Accepted, not delivered yet' },
  ENROUTE: { group: 'pending', description: 'On its way' },
  SCHEDULED: { group: 'pending', description: 'Scheduled for later' },
  EXPIRED: { group: 'temporary', description: 'Validity period ran out before delivery' },
  UNDELIVERABLE: { group: 'unexplained', description: 'Not deliverable, no reason given' },
  DELETED: { group: 'unexplained', description: 'Deleted before delivery' },
  SKIPPED: { group: 'unexplained', description: 'Skipped by the platform' },
  UNKNOWN: { group: 'unexplained', description: 'The platform does not know what became of it' },
  REJECTED: { group: 'submission', description: 'Rejected, no reason given' },
};

const NO_MEANING = { state: 'UNKNOWN', group: 'unknown', description: 'Unknown status or error code' } as const;

const PENDING: ReadonlySet<MessageState> = new Set(['ACCEPTED', 'ENROUTE', 'SCHEDULED']);

/** The state a message_state value stands for; undefined beyond SMPP 5.0's ten. */
export function stateOfNumber(messageState: number): MessageState | undefined {
  return STATE_OF_NUMBER[messageState];
}

/**
 * State and group by the contract's rule: one of SMPP's own words first, its group refined by a non-zero error number
 * of the table; any other word by number, then by word, then as a synonym, then by message_state; without a word message_state,
 * then the number. What nothing explains is on its way in an intermediate notification, else unknown.
 * Delivered stays delivered, whatever the number. `retryable` only of a final failure: what is pending is still tried.
 */
export function deliveryStatusOf(evidence: FateEvidence): DeliveryStatus {
  const { status, error, intermediate } = evidence;
  const { state, group, description } = meaningOf(evidence);
  const final = !intermediate && !PENDING.has(state);
  return {
    state,
    final,
    delivered: state === 'DELIVERED',
    status,
    error,
    description,
    group,
    retryable: final && isRetryable(group),
  };
}

type Meaning = Pick<DeliveryCode, 'state' | 'group' | 'description'>;

function meaningOf({ status, error, messageState, intermediate }: FateEvidence): Meaning {
  const code = error === null ? undefined : codeByNumber(error);
  // Error 0 says nothing beside a word or a message_state.
  const failure = code?.group === 'delivered' ? undefined : code;
  const numbered = messageState === null ? undefined : stateOfNumber(messageState);
  if (status === null) {
    if (numbered) return refined(numbered, failure);
    return code ?? unexplained(intermediate);
  }
  const own = stateOfOwnWord(status);
  if (own) return refined(own, failure);
  const known = failure ?? codeByWord(status);
  if (known) return known;
  const state = stateOfSynonym(status) ?? numbered;
  return state ? refined(state, undefined) : unexplained(intermediate);
}

function refined(state: MessageState, failure: DeliveryCode | undefined): Meaning {
  const { group, description } = state === 'DELIVERED' || failure === undefined ? MEANING[state] : failure;
  return { state, group, description };
}

function unexplained(intermediate: boolean): Meaning {
  return intermediate ? refined('ENROUTE', undefined) : NO_MEANING;
}

/** True where two receipts say the same of a message's fate. */
export function sameStatus(before: DeliveryStatus, now: DeliveryStatus): boolean {
  return (
    before.state === now.state &&
    before.final === now.final &&
    before.status === now.status &&
    before.error === now.error
  );
}

/** Worst first. */
const STATE_ORDER: readonly MessageState[] = [
  'REJECTED',
  'UNDELIVERABLE',
  'DELETED',
  'EXPIRED',
  'SKIPPED',
  'UNKNOWN',
  'ENROUTE',
  'SCHEDULED',
  'ACCEPTED',
  'DELIVERED',
];

/**
 * The fate of a long message, given its segments' fates (at least one): the worst of them, the first of equals.
 * Final failures come before what is pending, that before delivered; within these by state:
 * REJECTED, UNDELIVERABLE, DELETED, EXPIRED, SKIPPED, UNKNOWN, ENROUTE, SCHEDULED, ACCEPTED, DELIVERED.
 * Code 778 (group multipart) is what the platform says of a segment when another one failed: it makes the message
 * undeliverable, but a failure that names its own reason goes before it.
 */
export function worstStatus<F extends DeliveryStatus>(fates: readonly F[]): F {
  return fates.reduce((worst, fate) => (rank(fate) < rank(worst) ? fate : worst));
}

function rank(fate: DeliveryStatus): number {
  const state = fate.group === 'multipart' ? STATE_ORDER.indexOf('UNKNOWN') - 0.5 : STATE_ORDER.indexOf(fate.state);
  if (!fate.final) return STATE_ORDER.length + state;
  return fate.delivered ? 2 * STATE_ORDER.length : state;
}
