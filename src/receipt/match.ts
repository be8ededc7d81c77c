import type { DeliveryStatus } from './receipt';
import { sameStatus } from './delivery-status';
import { handsetVerdict, type HandsetVerdict, type ReceiptEnds } from './handset';

/**
 * How an id of a receipt agrees with the id of the submit answer.
 * `exact`: the same characters. `case`: but for upper and lower case. `zeros`: but for 0x and leading zeros.
 * `punctuation`: but for blanks, hyphens, quotes, brackets and the like. `hex-to-dec`: the submit answer has the number
 * in hexadecimal, the receipt in decimal. `dec-to-hex`: the reverse.
 */
export type MatchRung = 'exact' | 'case' | 'zeros' | 'punctuation' | 'hex-to-dec' | 'dec-to-hex';

/** A key under which the sent message of a receipt may be stored, and the rung on which it would then match. */
export interface MatchKey {
  readonly key: string;
  /** `exact` stands for exact, case, zeros and punctuation too: these share one key, and `rungOf` tells them apart. */
  readonly rung: 'exact' | 'hex-to-dec' | 'dec-to-hex';
}

/** Most characters of a key, so that every store can hold it. SMPP 3.4 allows ids of 64 (section 5.2.23). */
const MAX_KEY = 128;

/** Nothing but letters and digits. The letters of Latin-1 count, because ids are read as Latin-1. */
const PLAIN = /^[0-9a-z\u00aa\u00b5\u00ba\u00df-\u00f6\u00f8-\u00ff]+$/;
const PUNCTUATION = /[^0-9a-z\u00aa\u00b5\u00ba\u00df-\u00f6\u00f8-\u00ff]+/g;
const DECIMAL = /^[0-9]+$/;
const HEXADECIMAL = /^(?:0x)?[0-9a-f]+$/;

/** The key a message id is stored and looked up under: letters and digits in lower case, numbers without 0x and leading zeros. */
export function messageIdKey(id: string): string {
  const key = id.slice(0, MAX_KEY).toLowerCase();
  if (PLAIN.test(key)) return withoutZeros(key);
  const letters = key.replace(PUNCTUATION, '');
  return letters === '' ? key : withoutZeros(letters);
}

/** The keys under which this version and earlier versions store a message with this id. */
export function storedKeys(id: string): readonly string[] {
  const former = formerKey(id);
  return former === null ? [messageIdKey(id)] : [messageIdKey(id), former];
}

/** The key of this id in earlier versions, which kept the punctuation; null where it is the key of today. */
function formerKey(id: string): string | null {
  const key = id.slice(0, MAX_KEY).toLowerCase();
  return PLAIN.test(key) ? null : withoutZeros(key);
}

function withoutZeros(key: string): string {
  return HEXADECIMAL.test(key) ? key.replace(/^(?:0x)?0*(?=[0-9a-f])/, '') : key;
}

/**
 * Keys to look up a receipt's message under, in this order, without repeats. `auto` tries every rung, the learnt one
 * first. `hex-to-dec` and `dec-to-hex` try the converted id only; an id that cannot be converted is taken as it is. A
 * key of `exact` also finds other spellings: under the policy `exact`, `bestMatch` drops those.
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
  if (policy === 'auto' || policy === 'exact') {
    for (const id of ids) {
      const key = formerKey(id);
      if (key !== null && !found.has(key)) found.set(key, { key, rung: 'exact' });
    }
  }
  return [...found.values()];
}

/**
 * The first key of `matchKeys` for a receipt with one id; null where it has several or none, or the id cannot be
 * converted.
 */
export function firstMatchKey(
  ids: readonly string[],
  policy: 'auto' | 'exact' | 'hex-to-dec' | 'dec-to-hex',
  learnt: MatchRung | null,
): string | null {
  return ids.length === 1 ? lookupKey(ids[0]!, rungsOf(policy, learnt)[0]!) : null;
}

/**
 * True where no other key can give a better match: the recipient is the same, and the id is on the rung learnt so far.
 */
export function isCertain({ rung, handset }: Match<unknown>, learnt: MatchRung | null): boolean {
  return handset === 'same' && rung === (learnt ?? 'exact');
}

function rungsOf(policy: 'auto' | MatchKey['rung'], learnt: MatchRung | null): readonly MatchKey['rung'][] {
  if (policy !== 'auto') return [policy];
  if (learnt === 'hex-to-dec') return ['hex-to-dec', 'exact', 'dec-to-hex'];
  if (learnt === 'dec-to-hex') return ['dec-to-hex', 'exact', 'hex-to-dec'];
  return ['exact', 'hex-to-dec', 'dec-to-hex'];
}

/** The key of the submit answer's id if this receipt's id is on the rung; null where the id cannot be converted so. */
function lookupKey(receiptId: string, rung: MatchKey['rung']): string | null {
  const key = messageIdKey(receiptId);
  if (rung === 'exact') return key;
  // Ids have up to 20 digits and more: beyond 2^53 only BigInt keeps them whole.
  if (rung === 'hex-to-dec') return DECIMAL.test(key) ? BigInt(key).toString(16) : null;
  return HEXADECIMAL.test(key) ? BigInt(`0x${key}`).toString() : null;
}

/** The first rung on which a sent id and a receipt's id agree; null where they agree on none. */
export function rungOf(sentId: string, receiptId: string): MatchRung | null {
  if (sentId === receiptId) return 'exact';
  const sentLower = sentId.toLowerCase();
  const receiptLower = receiptId.toLowerCase();
  if (sentLower === receiptLower) return 'case';
  if (withoutZeros(sentLower) === withoutZeros(receiptLower)) return 'zeros';
  const sentKey = messageIdKey(sentId);
  if (sentKey === messageIdKey(receiptId)) return 'punctuation';
  if (sentKey === lookupKey(receiptId, 'hex-to-dec')) return 'hex-to-dec';
  return sentKey === lookupKey(receiptId, 'dec-to-hex') ? 'dec-to-hex' : null;
}

/** The fields of a sent message that decide whether a receipt belongs to it. */
export interface SentIds {
  /** The recipient's digits. */
  readonly to: string;
  /** "" where the platform chose the sender. */
  readonly from: string;
  /** Epoch milliseconds. */
  readonly submittedAt: number;
  /** One entry a segment; null or "" where the platform has given no id. */
  readonly messageIds: readonly (string | null)[];
  /** The latest receipt of each segment, one entry a segment; null where none has come. */
  readonly receipts: readonly (DeliveryStatus | null)[];
}

/** The facts of a receipt and its pool that decide which of several sent messages the receipt means. */
export interface MatchEvidence<S> {
  readonly messageIds: readonly string[];
  readonly status: DeliveryStatus;
  readonly ends: ReceiptEnds;
  readonly policy: 'auto' | 'exact' | 'hex-to-dec' | 'dec-to-hex';
  readonly learnt: MatchRung | null;
  /** True where this segment went to the server that the receipt came from. */
  fromSameServer(sent: S, segment: number): boolean;
}

/** The segment a receipt belongs to. */
export interface Match<S> {
  readonly sent: S;
  /** From 0. */
  readonly segment: number;
  readonly rung: MatchRung;
  readonly handset: HandsetVerdict;
  readonly sameServer: boolean;
  /** True where a message to another recipient fits as well by id and address: only server, receipts or age decided. */
  readonly hasRivals: boolean;
}

/**
 * The segment that a receipt means, among the messages found under its keys; null where it means none of them.
 * A receipt with another recipient's number never matches, whatever its id.
 */
export function bestMatch<S extends SentIds>(found: readonly S[], evidence: MatchEvidence<S>): Match<S> | null {
  let best: Omit<Match<S>, 'hasRivals'> | null = null;
  let bestScore = -1;
  /** The best score of each message by id and recipient alone. */
  const scores = new Map<S, number>();
  for (const sent of found) {
    const handset = handsetVerdict(evidence.ends, sent.to, sent.from);
    if (handset === 'other') continue;
    for (let segment = 0; segment < sent.messageIds.length; segment++) {
      const rung = bestRung(sent.messageIds[segment], evidence);
      if (rung === null) continue;
      const sameServer = evidence.fromSameServer(sent, segment);
      const byId = idScore(handset, rung, evidence.learnt);
      const score = byId + (sameServer ? SERVER : 0) + openness(sent.receipts[segment] ?? null, evidence.status);
      scores.set(sent, Math.max(byId, scores.get(sent) ?? 0));
      if (best && (score < bestScore || (score === bestScore && !isYounger(sent, best.sent)))) continue;
      best = { sent, segment, rung, handset, sameServer };
      bestScore = score;
    }
  }
  if (!best) return null;
  const { sent } = best;
  const hasRivals = [...scores].some(([other, score]) => other.to !== sent.to && score >= scores.get(sent)!);
  return { ...best, hasRivals };
}

/** Platforms reuse ids in time: of two messages with the same id, the younger is meant. */
function isYounger(sent: SentIds, other: SentIds): boolean {
  return sent !== other && sent.submittedAt >= other.submittedAt;
}

/** Weights, so that recipient and id decide first, the server second, and `openness` (0 to 4) last. */
const ID = 100;
const SERVER = 10;
const HANDSET: Readonly<Record<HandsetVerdict, number>> = { same: 3, similar: 2, silent: 1, hidden: 1, other: 0 };
const RUNG: Readonly<Record<MatchRung, number>> = {
  exact: 5,
  case: 4,
  zeros: 3,
  punctuation: 2,
  'hex-to-dec': 1,
  'dec-to-hex': 1,
};

/**
 * The recipient decides first, because a hexadecimal and a decimal id can be equal by accident; then the learnt rung.
 */
function idScore(handset: HandsetVerdict, rung: MatchRung, learnt: MatchRung | null): number {
  return ID * (20 * HANDSET[handset] + rungScore(rung, learnt));
}

function rungScore(rung: MatchRung, learnt: MatchRung | null): number {
  return (rung === learnt ? 10 : 0) + RUNG[rung];
}

function bestRung<S>(
  sentId: string | null | undefined,
  { messageIds, policy, learnt }: MatchEvidence<S>,
): MatchRung | null {
  if (!sentId) return null;
  let best: MatchRung | null = null;
  for (const receiptId of messageIds) {
    const rung = rungOf(sentId, receiptId);
    if (rung === null || (policy === 'exact' && rung !== 'exact')) continue;
    if (best === null || rungScore(rung, learnt) > rungScore(best, learnt)) best = rung;
  }
  return best;
}

/**
 * Several segments may have one id: a receipt belongs to a segment that still waits, rather than repeat another's
 * receipt.
 */
function openness(before: DeliveryStatus | null, now: DeliveryStatus): number {
  if (before === null) return 4;
  const isSame = sameStatus(before, now);
  if (!before.final) return isSame && !now.final ? 2 : 3;
  return isSame ? 1 : 0;
}
