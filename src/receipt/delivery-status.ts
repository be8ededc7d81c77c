import { GUIDE_TABLE, isRetryable, type CodeTable, type DeliveryCode } from './code-table';
import type { DeliveryGroup, DeliveryStatus, MessageState } from './receipt';
import { stateOfOwnWord, stateOfSynonym } from './status-words';

/** The fields of a receipt that tell a message's fate, as they came. */
export interface FateEvidence {
  /** The word of the stat field. */
  readonly status: string | null;
  /** The err field, or else the code of network_error_code in decimal. */
  readonly error: string | null;
  /** Value of the message_state TLV. */
  readonly messageState: number | null;
  /** True where esm_class says intermediate notification: then no state is final. */
  readonly intermediate: boolean;
}

/** Indexed by the value of message_state (SMPP 3.4 section 5.2.28; 0 and 9 are of 5.0). */
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

/** Group and description of a state for which no error number gives a better one. */
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

const NO_MEANING: Meaning = {
  state: 'UNKNOWN',
  group: 'unknown',
  description: 'Unknown status or error code',
  retryable: false,
};

const PENDING: ReadonlySet<MessageState> = new Set(['ACCEPTED', 'ENROUTE', 'SCHEDULED']);

/** The state of a message_state value, 0 to 9; undefined for any other. */
export function stateOfNumber(messageState: number): MessageState | undefined {
  return STATE_OF_NUMBER[messageState];
}

/**
 * State and group of a message, from the first of these that knows them:
 * - One of SMPP's own words gives the state. A non-zero error number of the code table then gives group and
 *   description.
 * - Any other word: the error number, then the code table's word, then the word's synonym, then message_state.
 * - No word: message_state, its group from the error number as above; then the error number.
 * Where none does, an intermediate notification means ENROUTE and any other receipt UNKNOWN.
 * DELIVRD, or message_state 2 without a word, stays delivered, whatever the error number. `retryable` is true only of a
 * final failure, because the platform itself still tries a pending message.
 */
export function deliveryStatusOf(evidence: FateEvidence, codes: CodeTable = GUIDE_TABLE): DeliveryStatus {
  const { status, error, intermediate } = evidence;
  const { state, group, description, retryable } = meaningOf(evidence, codes);
  const final = !intermediate && !PENDING.has(state);
  return {
    state,
    final,
    delivered: state === 'DELIVERED',
    status,
    error,
    description,
    group,
    retryable: final && retryable,
  };
}

type Meaning = Pick<DeliveryCode, 'state' | 'group' | 'description' | 'retryable'>;

function meaningOf({ status, error, messageState, intermediate }: FateEvidence, codes: CodeTable): Meaning {
  const code = error === null ? undefined : codes.byNumber(error);
  // Error 0 says nothing beside a word or a message_state.
  const failure = code?.group === 'delivered' ? undefined : code;
  const numbered = messageState === null ? undefined : stateOfNumber(messageState);
  if (status === null) {
    if (numbered) return refined(numbered, failure);
    return code ?? unexplained(intermediate);
  }
  const own = stateOfOwnWord(status);
  if (own) return refined(own, failure);
  const known = failure ?? codes.byWord(status);
  if (known) return known;
  const state = stateOfSynonym(status) ?? numbered;
  return state ? refined(state, undefined) : unexplained(intermediate);
}

function refined(state: MessageState, failure: DeliveryCode | undefined): Meaning {
  if (state !== 'DELIVERED' && failure) return { ...failure, state };
  const { group, description } = MEANING[state];
  return { state, group, description, retryable: isRetryable(group) };
}

function unexplained(intermediate: boolean): Meaning {
  return intermediate ? refined('ENROUTE', undefined) : NO_MEANING;
}

/** True where two receipts agree in state, `final`, status and error. */
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
 * The fate of a long message: the worst fate of its segments (at least one), the first of equals.
 * A final failure is worse than a pending fate, a pending fate worse than delivered. Within these the state decides:
 * REJECTED, UNDELIVERABLE, DELETED, EXPIRED, SKIPPED, UNKNOWN, ENROUTE, SCHEDULED, ACCEPTED, DELIVERED.
 * Code 778 (group multipart) means that another segment failed. It makes the message undeliverable, but a failure that
 * names its own reason (a state before UNKNOWN) is worse.
 */
export function worstStatus<F extends DeliveryStatus>(fates: readonly F[]): F {
  return fates.reduce((worst, fate) => (rank(fate) < rank(worst) ? fate : worst));
}

function rank(fate: DeliveryStatus): number {
  const state = fate.group === 'multipart' ? STATE_ORDER.indexOf('UNKNOWN') - 0.5 : STATE_ORDER.indexOf(fate.state);
  if (!fate.final) return STATE_ORDER.length + state;
  return fate.delivered ? 2 * STATE_ORDER.length : state;
}
