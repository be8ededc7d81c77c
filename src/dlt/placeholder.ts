/** The variables of a registered text: their kinds, and what a value of each may look like. */

/** As portals write them between `{#` and `#}`. `var` takes any text; the others have been asked for since 2025. */
export const KINDS = ['var', 'numeric', 'number', 'alphanumeric', 'url', 'urlott', 'cbn', 'email'] as const;
export type Kind = (typeof KINDS)[number];

/** Most characters (UTF-16 units) of a value: in `{#var#}`, and in a typed placeholder. */
export interface Limits {
  readonly longestVar: number;
  readonly longestTyped: number;
}

export const USUAL_LIMITS: Limits = { longestVar: 30, longestTyped: 40 };

export function longest(kind: Kind, limits: Limits): number {
  return kind === 'var' ? limits.longestVar : limits.longestTyped;
}

/** True for kinds whose values are judged character by character; a value of the others is judged as a whole. */
export function isByCharacter(kind: Kind): boolean {
  return kind === 'var' || kind === 'numeric' || kind === 'number' || kind === 'alphanumeric';
}

const LETTER = /^[\p{L}\p{M}]$/u;

export function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}

/** Whether a value of a kind `isByCharacter` may hold this UTF-16 unit. */
export function holds(kind: Kind, unit: number): boolean {
  switch (kind) {
    case 'numeric':
    case 'number':
      return isDigit(unit);
    case 'alphanumeric':
      if (unit < 0x80) return isDigit(unit) || ((unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a);
      return LETTER.test(String.fromCharCode(unit));
    default:
      return true;
  }
}

const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/i;
const MOST_HOST_CHARACTERS = 253;

/** The host of a link, without scheme, port and path; undefined where the text is no link. */
export function hostOf(link: string): string | undefined {
  const start = link.indexOf('://') + 3;
  if (start > 2 && !/^[a-z][a-z0-9+.-]*$/i.test(link.slice(0, start - 3))) return undefined;
  const rest = start > 2 ? link.slice(start) : link;
  const end = rest.search(/[/?#:]/);
  const host = end < 0 ? rest : rest.slice(0, end);
  return host.length <= MOST_HOST_CHARACTERS && HOST.test(host) ? host : undefined;
}

/** Digits of a telephone number that may be written with blanks, hyphens and brackets; undefined where it is none. */
export function phoneDigits(text: string): string | undefined {
  if (!/^\+?[\d\s()-]+$/.test(text)) return undefined;
  const digits = text.replace(/\D/g, '');
  return digits.length >= 3 && digits.length <= 15 ? digits : undefined;
}

/** True where the text is a value of this kind, whatever its length. */
export function isOfKind(kind: Kind, value: string): boolean {
  if (kind === 'var') return true;
  if (value === '') return false;
  switch (kind) {
    case 'url':
    case 'urlott':
      return !/\s/.test(value) && hostOf(value) !== undefined;
    case 'cbn':
      return value.trim() === value && phoneDigits(value) !== undefined;
    case 'email': {
      const at = value.lastIndexOf('@');
      return at > 0 && !/[\s@,;<>]/.test(value.slice(0, at)) && HOST.test(value.slice(at + 1));
    }
    default:
      for (let at = 0; at < value.length; at++) if (!holds(kind, value.charCodeAt(at))) return false;
      return true;
  }
}

/** What a value must be, for an error's text. */
export const WANTED: Readonly<Record<Kind, string>> = {
  var: 'any text',
  numeric: 'digits only',
  number: 'digits only',
  alphanumeric: 'letters and digits only',
  url: 'a link',
  urlott: 'a link',
  cbn: 'a telephone number',
  email: 'an e-mail address',
};
