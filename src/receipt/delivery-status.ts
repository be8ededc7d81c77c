import { codeByNumber, codeByWord, isRetryable } from './code-table';
import type { DeliveryCode } from './code-table';
import type { DeliveryGroup, DeliveryStatus, MessageState } from './receipt';

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

/** SMPP's own stat words (3.4 appendix B; SCHEDULED and SKIPPED are 5.0's). */
const STATE_OF_WORD: ReadonlyMap<string, MessageState> = new Map([
  ['DELIVRD', 'DELIVERED'],
  ['ACCEPTD', 'ACCEPTED'],
  ['ENROUTE', 'ENROUTE'],
  ['SCHEDULED', 'SCHEDULED'],
  ['EXPIRED', 'EXPIRED'],
  ['UNDELIV', 'UNDELIVERABLE'],
  ['DELETED', 'DELETED'],
  ['SKIPPED', 'SKIPPED'],
  ['UNKNOWN', 'UNKNOWN'],
  ['REJECTD', 'REJECTED'],
]);

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
 * of the table; any other word by number, then by word; without a word message_state, then the number.
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

function meaningOf({
  status,
  error,
  messageState,
}: FateEvidence): Pick<DeliveryCode, 'state' | 'group' | 'description'> {
  const code = error === null ? undefined : codeByNumber(error);
  const failure = code?.group === 'delivered' ? undefined : code;
  const state = ownState(status, messageState);
  if (state === undefined) return (status === null ? code : (failure ?? codeByWord(status))) ?? NO_MEANING;
  const { group, description } = state === 'DELIVERED' || failure === undefined ? MEANING[state] : failure;
  return { state, group, description };
}

/** The state SMPP itself gives: by word, or where there is no word by number. */
function ownState(status: string | null, messageState: number | null): MessageState | undefined {
  if (status !== null) return STATE_OF_WORD.get(status.toUpperCase());
  return messageState === null ? undefined : stateOfNumber(messageState);
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
