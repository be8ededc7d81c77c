/**
 * How an id of a receipt agrees with the id of the submit answer. `hex-to-dec`: the submit answer's id is hexadecimal,
 * the receipt's is the same number in decimal; `dec-to-hex` is the reverse.
 */
export type MatchRung = 'exact' | 'case' | 'zeros' | 'hex-to-dec' | 'dec-to-hex';

/** A key under which the sent message of a receipt may be stored, and the rung it tries. */
export interface MatchKey {
  readonly key: string;
  /** `exact` stands for exact, case and zeros: they share one key, `rungOf` tells which it was. */
  readonly rung: 'exact' | 'hex-to-dec' | 'dec-to-hex';
}

/** SMPP 3.4 allows 64 characters (section 5.2.23); a key is never longer than this, so that every store can hold it. */
const MAX_KEY = 128;

const DECIMAL = /^[0-9]+$/;
const HEXADECIMAL = /^(?:0x)?[0-9a-f]+$/;

/** The key a message id is stored and looked up under: lower case, numbers without 0x and leading zeros. */
export function messageIdKey(id: string): string {
  const key = id.slice(0, MAX_KEY).toLowerCase();
  return HEXADECIMAL.test(key) ? key.replace(/^(?:0x)?0*(?=[0-9a-f])/, '') : key;
}

/**
 * Keys to look a receipt up under, in this order, without repeats. `auto` tries every rung, the learnt one first.
 * `hex-to-dec` and `dec-to-hex` try the converted id only (an id that cannot be converted is taken as it is).
 * Under `exact` the caller keeps only those whose `rungOf` is `exact`; elsewhere it prefers them.
 */
export function matchKeys(
  ids: readonly string[],
  policy: 'auto' | 'exact' | 'hex-to-dec' | 'dec-to-hex',
  learnt: MatchRung | null,
): readonly MatchKey[] {
  const found = new Map<string, MatchKey>();
  for (const rung of rungsOf(policy, learnt)) {
    for (const id of ids) {
      const key = lookupKey(id, rung) ?? (policy === 'auto' ? null : messageIdKey(id));
      if (key !== null && !found.has(key)) found.set(key, { key, rung });
    }
  }
  return [...found.values()];
}

function rungsOf(policy: 'auto' | MatchKey['rung'], learnt: MatchRung | null): readonly MatchKey['rung'][] {
  if (policy !== 'auto') return [policy];
  if (learnt === 'hex-to-dec') return ['hex-to-dec', 'exact', 'dec-to-hex'];
  if (learnt === 'dec-to-hex') return ['dec-to-hex', 'exact', 'hex-to-dec'];
  return ['exact', 'hex-to-dec', 'dec-to-hex'];
}

/** What the submit answer's id must have been for the receipt's to be on this rung; null where it cannot be. */
function lookupKey(receiptId: string, rung: MatchKey['rung']): string | null {
  const key = messageIdKey(receiptId);
  if (rung === 'exact') return key;
  // Ids have up to 20 digits and more: beyond 2^53 only BigInt keeps them whole.
  if (rung === 'hex-to-dec') return DECIMAL.test(key) ? BigInt(key).toString(16) : null;
  return HEXADECIMAL.test(key) ? BigInt(`0x${key}`).toString() : null;
}

/** The first rung on which a sent id and a receipt's id agree; null where they do not. */
export function rungOf(sentId: string, receiptId: string): MatchRung | null {
  if (sentId === receiptId) return 'exact';
  if (sentId.toLowerCase() === receiptId.toLowerCase()) return 'case';
  const sentKey = messageIdKey(sentId);
  if (sentKey === messageIdKey(receiptId)) return 'zeros';
  if (sentKey === lookupKey(receiptId, 'hex-to-dec')) return 'hex-to-dec';
  return sentKey === lookupKey(receiptId, 'dec-to-hex') ? 'dec-to-hex' : null;
}

/** What of a sent message tells whether a receipt is its own. */
export interface SentIds {
  /** The recipient's digits. */
  readonly to: string;
  /** Epoch milliseconds. */
  readonly submittedAt: number;
  /** One entry a segment; null or empty where the platform has given none. */
  readonly messageIds: readonly (string | null)[];
}

/** What tells which of several sent messages a receipt means. */
export interface MatchEvidence {
  readonly messageIds: readonly string[];
  /** The number that the receipt names as its handset; "" where it names none. */
  readonly handset: string;
  readonly policy: 'auto' | 'exact' | 'hex-to-dec' | 'dec-to-hex';
  readonly learnt: MatchRung | null;
}

/** A sent message that a receipt is of, the segment counted from 0. */
export interface Match<S> {
  readonly sent: S;
  readonly segment: number;
  readonly rung: MatchRung;
}

/** The segment, of all those found under the keys of a receipt, that the receipt means; null where it means none of them. */
export function bestMatch<S extends SentIds>(found: readonly S[], evidence: MatchEvidence): Match<S> | null {
  let best: Match<S> | null = null;
  let bestScore = -1;
  for (const sent of found) {
    for (const [segment, id] of sent.messageIds.entries()) {
      if (!id) continue;
      for (const receiptId of evidence.messageIds) {
        const rung = rungOf(id, receiptId);
        if (rung === null || (evidence.policy === 'exact' && rung !== 'exact')) continue;
        const score = scoreOf(rung, sent, evidence);
        if (score === null || score < bestScore) continue;
        // Platforms begin their ids anew some day: of two messages with one id the younger is meant.
        if (!best || score > bestScore || sent.submittedAt >= best.sent.submittedAt) {
          best = { sent, segment, rung };
          bestScore = score;
        }
      }
    }
  }
  return best;
}

/**
 * Ids of two radixes can meet by accident, so the recipient decides first, then what has worked before.
 * @returns null where only such an accident speaks for the match
 */
function scoreOf(rung: MatchRung, sent: SentIds, { handset, learnt, policy }: MatchEvidence): number | null {
  const isRecipient = handset !== '' && sent.to.endsWith(handset.slice(-7));
  const isLearnt = rung === learnt;
  const converted = rung === 'hex-to-dec' || rung === 'dec-to-hex';
  // Some platforms leave the address out: that speaks against nothing.
  const another = handset !== '' && !isRecipient;
  if (converted && another && !isLearnt && policy === 'auto') return null;
  return (
    (isRecipient ? 10 : 0) +
    (isLearnt ? 5 : 0) +
    (rung === 'exact' ? 4 : rung === 'case' ? 3 : rung === 'zeros' ? 2 : 1)
  );
}
