/** U+ and the hex digits of a character. */
export function codePoint(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** The character itself where it can be seen alone, else its code point. */
export function visible(character: string): string {
  return /^[\p{C}\p{Z}\p{M}]/u.test(character) ? codePoint(character) : character;
}
