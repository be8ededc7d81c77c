import { deliveryCode } from './delivery-codes';

/** The behaviour that a recipient's last six digits ask for (docs/simulator.md, "Magic recipients"). */
export type Magic =
  | { readonly kind: 'receipt'; readonly error: number }
  | { readonly kind: 'refuse'; readonly status: number }
  | { readonly kind: MagicLink };

type MagicLink = (typeof LINK_KINDS)[number];

/** Kinds of the recipients 200000, 200001, … in this order. */
const LINK_KINDS = [
  'no-answer',
  'cut-before-answer',
  'cut-after-answer',
  'receipt-first',
  'receipt-twice',
  'intermediate',
  'no-receipt',
  'other-radix',
  'throttled',
] as const;

const DIGITS = 6;
const FIRST_REFUSAL = 100_000;
const LAST_REFUSAL = 109_999;
const FIRST_LINK = 200_000;
const LINK: readonly Magic[] = LINK_KINDS.map((kind) => ({ kind }));

/** The behaviour a recipient asks for; null for an ordinary one, whose messages are delivered. */
export function magicOf(recipient: string): Magic | null {
  if (recipient.length < DIGITS) return null;
  const number = Number(recipient.slice(-DIGITS));
  if (deliveryCode(number)) return { kind: 'receipt', error: number };
  if (number > FIRST_REFUSAL && number <= LAST_REFUSAL) return { kind: 'refuse', status: number - FIRST_REFUSAL };
  return LINK[number - FIRST_LINK] ?? null;
}
