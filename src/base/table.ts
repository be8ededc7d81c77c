/** Rows and cells of a CSV file or a pasted table. */

/** Most rows that are read: no list of templates or codes has a tenth of that many. */
export const MOST_ROWS = 100_000;

const SEPARATORS = ['\t', ',', ';', '|'] as const;

/** The character that separates cells: the one that the first line has most of, outside quotes. */
export function separatorOf(text: string): string {
  const counts = new Map<string, number>(SEPARATORS.map((one) => [one, 0]));
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && character === '\n' && [...counts.values()].some((count) => count > 0)) break;
    else if (!quoted && counts.has(character)) counts.set(character, counts.get(character)! + 1);
  }
  let best: string = ',';
  for (const [separator, count] of counts) if (count > (counts.get(best) ?? 0)) best = separator;
  return best;
}

/**
 * Cells by rows. A cell may be quoted with `"`, doubled inside; a quote in the middle of a cell is a plain character.
 * Blank rows are left out. A quote that is never closed ends with the text.
 * @param onOpenQuote called where that is so; may throw
 */
export function cellsOf(text: string, separator = separatorOf(text), onOpenQuote = (): void => undefined): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  const endCell = (): void => {
    row.push(cell);
    cell = '';
  };
  const endRow = (): void => {
    endCell();
    if (row.some((one) => one.trim() !== '')) rows.push(row);
    row = [];
  };
  for (let at = 0; at < text.length && rows.length < MOST_ROWS;) {
    const character = text[at]!;
    if (character === '"' && cell.trim() === '') {
      const { value, end } = quotedAt(text, at, onOpenQuote);
      cell = value;
      at = end;
      // Some portals put a blank between the closing quote and the separator.
      while (text[at] === ' ') at += 1;
      continue;
    }
    at += 1;
    if (character === separator) endCell();
    else if (character === '\n') endRow();
    else if (character === '\r') {
      if (text[at] !== '\n') endRow();
    } else cell += character;
  }
  if (rows.length < MOST_ROWS) endRow();
  return rows;
}

function quotedAt(text: string, start: number, onOpen: () => void): { readonly value: string; readonly end: number } {
  let value = '';
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) onOpen();
    if (quote < 0) return { value: value + text.slice(from), end: text.length };
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    from = quote + 2;
  }
}
