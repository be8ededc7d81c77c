import type { DeliveryStatus } from './receipt';
import { sameStatus } from './delivery-status';
import { handsetVerdict, type HandsetVerdict, type ReceiptEnds } from './handset';

/**
 * How an id of a receipt agrees with the id of the submit answer. `punctuation`: but for blanks, hyphens, quotes, brackets and the
 * like. `hex-to-dec`: the submit answer's id is hexadecimal, the receipt's is the same number in decimal; `dec-to-hex` is the reverse.
 */
export type MatchRung = 'exact' | 'case' | 'zeros' | 'punctuation' | 'hex-to-dec' | 'dec-to-hex';

/** A key under which the sent message of a receipt may be stored, and the rung it tries. */
export interface MatchKey {
  readonly key: string;
  /** `exact` stands for exact, case, zeros and punctuation: they share one key, `rungOf` tells which it was. */
  readonly rung: 'exact' | 'hex-to-dec' | 'dec-to-hex';
}

/** SMPP 3.4 allows 64 characters (section 5.2.23); a key is never longer than this, so that every store can hold it. */
const MAX_KEY = 128;

/** Nothing but letters and digits; those of Latin-1 count, for octets are read so. */
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

/** The keys a message of this id may be stored under, by this version and by earlier ones. */
export function storedKeys(id: string): readonly string[] {
  const former = formerKey(id);
  return former === null ? [messageIdKey(id)] : [messageIdKey(id), former];
}

/** The key that an earlier version stored this id under, where it was another one: with its punctuation. */
function formerKey(id: string): string | null {
  const key = id.slice(0, MAX_KEY).toLowerCase();
  return PLAIN.test(key) ? null : withoutZeros(key);
}

function withoutZeros(key: string): string {
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
  if (policy === 'auto' || policy === 'exact') {
    for (const id of ids) {
      const key = formerKey(id);
      if (key !== null && !found.has(key)) found.set(key, { key, rung: 'exact' });
    }
  }
  return [...found.values()];
}

/** The first of those keys where the receipt names one id; null where it names several, or none. */
export function firstMatchKey(
  ids: readonly string[],
  policy: 'auto' | 'exact' | 'hex-to-dec' | 'dec-to-hex',
  learnt: MatchRung | null,
): string | null {
  return ids.length === 1 ? lookupKey(ids[0]!, rungsOf(policy, learnt)[0]!) : null;
}

/** True where nothing under another key than the first can match better: this is its recipient, and the id reads as it always does. */
export function isCertain({ rung, handset }: Match<unknown>, learnt: MatchRung | null): boolean {
  return handset === 'same' && rung === (learnt ?? 'exact');
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
  const sentLower = sentId.toLowerCase();
  const receiptLower = receiptId.toLowerCase();
  if (sentLower === receiptLower) return 'case';
  if (withoutZeros(sentLower) === withoutZeros(receiptLower)) return 'zeros';
  const sentKey = messageIdKey(sentId);
  if (sentKey === messageIdKey(receiptId)) return 'punctuation';
  if (sentKey === lookupKey(receiptId, 'hex-to-dec')) return 'hex-to-dec';
  return sentKey === lookupKey(receiptId, 'dec-to-hex') ? 'dec-to-hex' : null;
}

/** What of a sent message tells whether a receipt is its own. */
export interface SentIds {
  /** The recipient's digits. */
  readonly to: string;
  /** "" where the platform chose the sender. */
  readonly from: string;
  /** Epoch milliseconds. */
  readonly submittedAt: number;
  /** One entry a segment; null or empty where the platform has given none. */
  readonly messageIds: readonly (string | null)[];
  /** One entry a segment; the latest receipt of it. */
  readonly receipts: readonly (DeliveryStatus | null)[];
}

/** What tells which of several sent messages a receipt means. */
export interface MatchEvidence<S> {
  readonly messageIds: readonly string[];
  readonly status: DeliveryStatus;
  readonly ends: ReceiptEnds;
  readonly policy: 'auto' | 'exact' | 'hex-to-dec' | 'dec-to-hex';
  readonly learnt: MatchRung | null;
  /** True where this segment went to the server that the receipt came from. */
  fromSameServer(sent: S, segment: number): boolean;
}

/** A segment that a receipt is of, counted from 0. */
export interface Match<S> {
  readonly sent: S;
  readonly segment: number;
  readonly rung: MatchRung;
  readonly handset: HandsetVerdict;
  readonly sameServer: boolean;
  /** True where a message to another recipient has that id too, and nothing but its age or its server speaks against it. */
  readonly hasRivals: boolean;
}

/**
 * The segment, of all those found under the keys of a receipt, that the receipt means; null where it means none of them: a recipient
 * that is another's speaks against any id.
 */
export function bestMatch<S extends SentIds>(found: readonly S[], evidence: MatchEvidence<S>): Match<S> | null {
  let best: Omit<Match<S>, 'hasRivals'> | null = null;
  let bestScore = -1;
  /** By their id and recipient alone. */
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

/** Platforms begin their ids anew some day: of two messages with one id the younger is meant. */
function isYounger(sent: SentIds, other: SentIds): boolean {
  return sent !== other && sent.submittedAt >= other.submittedAt;
}

/** The better of these decides, whatever speaks for another in those behind it: recipient and id, then server, then what is open. */
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

/** Ids of two radixes can meet by accident, so the recipient decides first, then what has worked before. */
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

/** One id may be that of several segments: a receipt is of one that still waits for it, before it is the repeat of another's. */
function openness(before: DeliveryStatus | null, now: DeliveryStatus): number {
  if (before === null) return 4;
  const isSame = sameStatus(before, now);
  if (!before.final) return isSame && !now.final ? 2 : 3;
  return isSame ? 1 : 0;
}
