/**
 * What the addresses of a receipt say of a recipient. `same`: one end is its number. `similar`: it may be, some digits are masked or
 * written in another way. `silent`: none of them is a handset's. `hidden`: it is hidden altogether. `other`: it is another's number.
 */
export type HandsetVerdict = 'same' | 'similar' | 'silent' | 'hidden' | 'other';

/** One address of a receipt. */
interface End {
  readonly kind: 'none' | 'number' | 'masked' | 'hidden' | 'name';
  /** Of a number its digits without leading zeros, of a name its text in lower case. */
  readonly text: string;
  /** Of a masked number the digits that can be seen before and behind the mask. */
  readonly before: string;
  readonly behind: string;
}

/** Both addresses of a receipt, read once. */
export interface ReceiptEnds {
  readonly source: End;
  readonly destination: End;
}

/** Digits of a subscriber's number that are the same however it is written. */
const TAIL = 7;
/** Digits at least of a number that is no short code (CONTRACT: up to 7 are one). */
const SUBSCRIBER = 8;
/** Digits at least that say anything when nothing else is known of a number. */
const SIGNIFICANT = 4;

const FORMATTING = /[\s\0()+./-]/g;
/** Dots or dashes in a row stand for digits, one alone is a way of writing. */
const DOTTED = /[.-]{2,}/g;
/** Digits, and what platforms put in the place of others. */
const MASKED = /^[0-9xX*#?_~\u00b7\u2022]+$/;
const DIGITS = /^[0-9]+$/;

const NONE: End = { kind: 'none', text: '', before: '', behind: '' };

export function readEnds(source: string, destination: string): ReceiptEnds {
  return { source: readEnd(source), destination: readEnd(destination) };
}

function readEnd(address: string): End {
  if (address === '') return NONE;
  const bare = DIGITS.test(address) ? address : address.replace(DOTTED, '*').replace(FORMATTING, '');
  if (DIGITS.test(bare)) return { ...NONE, kind: 'number', text: significant(bare) };
  if (MASKED.test(bare)) {
    const before = significant(/^[0-9]*/.exec(bare)![0]);
    const behind = /[0-9]*$/.exec(bare)![0];
    return { kind: before + behind === '' ? 'hidden' : 'masked', text: significant(bare), before, behind };
  }
  // Letters and digits of that length are no sender's name (11 characters at most, mostly letters), but a number's stand-in.
  const isToken = bare.length >= SUBSCRIBER && /[0-9]/.test(bare) && /[a-z]/i.test(bare);
  return { ...NONE, kind: isToken ? 'hidden' : bare === '' ? 'none' : 'name', text: address.trim().toLowerCase() };
}

/** What they say of the recipient `to` of a message that was sent as `from`. The handset is looked for at either end. */
export function handsetVerdict({ source, destination }: ReceiptEnds, to: string, from: string): HandsetVerdict {
  const atSource = compare(source, to);
  if (atSource === 'same') return 'same';
  const atDestination = compare(destination, to);
  if (atDestination === 'same') return 'same';
  const handset = handsetEnd(source, destination, from);
  if (handset === null) return 'silent';
  return handset === source ? atSource : atDestination;
}

/** The end at which the handset stands, as far as can be told; null where it stands at none. */
function handsetEnd(source: End, destination: End, from: string): End | null {
  const sender = readEnd(from);
  const isSender = (end: End): boolean => from !== '' && sameEnd(end, sender);
  if (isSender(source)) return isSender(destination) || isNameOrNone(destination) ? null : destination;
  if (isSender(destination)) return isNameOrNone(source) ? null : source;
  if (isHandsetLike(source)) return source;
  return source.kind !== 'none' && isHandsetLike(destination) ? destination : null;
}

function isNameOrNone({ kind }: End): boolean {
  return kind === 'none' || kind === 'name';
}

function isHandsetLike({ kind, text }: End): boolean {
  return kind === 'masked' || kind === 'hidden' || (kind === 'number' && text.length >= SUBSCRIBER);
}

function sameEnd(end: End, other: End): boolean {
  return end.kind !== 'none' && end.kind === other.kind && end.text === other.text;
}

function compare(end: End, to: string): HandsetVerdict {
  switch (end.kind) {
    case 'number':
      return compareNumber(end.text, to);
    case 'masked':
      return compareMasked(end, to);
    case 'hidden':
      return 'hidden';
    default:
      return 'silent';
  }
}

/** Prefixes differ (0, 00, a digit that one network wants and another drops), the end of a number does not. */
function compareNumber(digits: string, to: string): HandsetVerdict {
  if (digits === to) return 'same';
  const recipient = significant(to);
  if (digits === recipient) return 'same';
  const [long, short] = digits.length > recipient.length ? [digits, recipient] : [recipient, digits];
  if (long.length === short.length) return 'other';
  if (long.endsWith(short)) return short.length >= TAIL ? 'same' : short.length >= SIGNIFICANT ? 'similar' : 'other';
  // Another prefix, or the end of the number is cut off.
  const isSimilar = short.length > TAIL && (long.endsWith(short.slice(-TAIL)) || long.startsWith(short));
  return isSimilar ? 'similar' : 'other';
}

function compareMasked({ text, before, behind }: End, to: string): HandsetVerdict {
  const recipient = significant(to);
  if (!recipient.endsWith(behind)) return 'other';
  if (recipient.startsWith(before)) return 'similar';
  // Without its country code the visible beginning stands further in.
  const start = recipient.length - text.length;
  return start > 0 && recipient.startsWith(before, start) ? 'similar' : 'other';
}

/**
 * Who a receipt is about where it matches no message: the handset is at its source, unless only its destination can be one.
 * @param sender the pool's own, "" where it has none
 */
export function namedBy(
  source: string,
  destination: string,
  sender: string,
): { readonly to: string; readonly from: string } {
  const ends = readEnds(source, destination);
  const isTurned = (sender !== '' && sameEnd(ends.source, readEnd(sender))) || !isHandsetLike(ends.source);
  const isSwapped = isTurned && ends.source.kind !== 'none' && isHandsetLike(ends.destination);
  return isSwapped ? { to: destination, from: source } : { to: source, from: destination };
}

function significant(digits: string): string {
  let start = 0;
  while (start < digits.length && digits.charCodeAt(start) === 0x30) start++;
  return start === 0 ? digits : digits.slice(start);
}
