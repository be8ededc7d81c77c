/**
 * What the two addresses of a receipt say of a recipient. `same`: one of them is the recipient's number. `similar`: the
 * handset's address may be that number, with digits masked or another prefix. `silent`: neither address is a handset's.
 * `hidden`: the handset's address is hidden altogether. `other`: the handset's address is another number.
 */
export type HandsetVerdict = 'same' | 'similar' | 'silent' | 'hidden' | 'other';

/** One address of a receipt. */
interface End {
  readonly kind: 'none' | 'number' | 'masked' | 'hidden' | 'name';
  /** A number: its digits (and mask) without leading zeros. A name: its text in lower case. */
  readonly text: string;
  /** The visible digits before (and `behind`) the mask of a masked number; else "". */
  readonly before: string;
  readonly behind: string;
}

/** Both addresses of a receipt, read once. */
export interface ReceiptEnds {
  readonly source: End;
  readonly destination: End;
}

/** Last digits of a subscriber's number that stay the same whatever prefix it is written with. */
const TAIL = 7;
/** Fewest digits of a subscriber's number; up to 7 digits are a short code (docs/reference.md, `smpp-send`). */
const SUBSCRIBER = 8;
/** Fewest last digits that count as a hint: fewer are equal by accident too often. */
const SIGNIFICANT = 4;

const FORMATTING = /[\s\0()+./-]/g;
/** Several dots or dashes in a row stand for masked digits; a single one is formatting. */
const DOTTED = /[.-]{2,}/g;
/** Digits, and the characters that platforms mask digits with. */
const MASKED = /^[0-9xX*#?_~\u00b7\u2022]+$/;
const DIGITS = /^[0-9]+$/;

const NONE: End = { kind: 'none', text: '', before: '', behind: '' };

/** Reads the source and destination address of a receipt. Never throws. */
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
  // 8 or more letters and digits mixed are a token for a number; a sender's name has 11 at most, mostly letters.
  const isToken = bare.length >= SUBSCRIBER && /[0-9]/.test(bare) && /[a-z]/i.test(bare);
  return { ...NONE, kind: isToken ? 'hidden' : bare === '' ? 'none' : 'name', text: address.trim().toLowerCase() };
}

/**
 * What the addresses of a receipt say of the recipient `to` of a message sent as `from`. The handset may be the source
 * or the destination: platforms differ. `from` is "" where the platform chose the sender.
 */
export function handsetVerdict({ source, destination }: ReceiptEnds, to: string, from: string): HandsetVerdict {
  const atSource = compare(source, to);
  if (atSource === 'same') return 'same';
  const atDestination = compare(destination, to);
  if (atDestination === 'same') return 'same';
  const handset = handsetEnd(source, destination, from);
  if (handset === null) return 'silent';
  return handset === source ? atSource : atDestination;
}

/** The address that is the handset's, as far as can be told; null where neither is. */
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

/**
 * Compares the ends of two numbers, because prefixes differ: 0, 00, or a digit that one network adds and another drops.
 */
function compareNumber(digits: string, to: string): HandsetVerdict {
  if (digits === to) return 'same';
  const recipient = significant(to);
  if (digits === recipient) return 'same';
  const [long, short] = digits.length > recipient.length ? [digits, recipient] : [recipient, digits];
  if (long.length === short.length) return 'other';
  if (long.endsWith(short)) return short.length >= TAIL ? 'same' : short.length >= SIGNIFICANT ? 'similar' : 'other';
  // Similar: the prefix differs, or the end of the number is cut off.
  const isSimilar = short.length > TAIL && (long.endsWith(short.slice(-TAIL)) || long.startsWith(short));
  return isSimilar ? 'similar' : 'other';
}

function compareMasked({ text, before, behind }: End, to: string): HandsetVerdict {
  const recipient = significant(to);
  if (!recipient.endsWith(behind)) return 'other';
  if (recipient.startsWith(before)) return 'similar';
  // Where the masked number has no country code, its visible beginning is found later in the recipient's.
  const start = recipient.length - text.length;
  return start > 0 && recipient.startsWith(before, start) ? 'similar' : 'other';
}

/**
 * Recipient and sender of a receipt that matches no message. The source is taken for the handset, unless it is the
 * pool's own sender or no handset's address while the destination can be one.
 * @param sender the pool's own sender, "" where it has none
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
