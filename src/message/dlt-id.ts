/** What a DLT id usually looks like. No Buffer and no node: module, because the editor looks at ids too. */
export type DltField = 'peId' | 'templateId' | 'tmId';

/** Ids have 19 digits; entities and telemarketers registered with some operators have 12. */
export const USUAL_LENGTHS: Readonly<Record<DltField, readonly number[]>> = {
  peId: [19, 12],
  templateId: [19],
  tmId: [19, 12],
};
/** Digits 3 and 4 of a 19-digit id, as far as ids in the wild show. Good for a warning only. */
const KINDS: ReadonlyMap<string, DltField> = new Map([
  ['01', 'peId'],
  ['02', 'tmId'],
  ['07', 'templateId'],
]);

/** The ids of a field: a telemarketer's may be a chain of them. */
export function listedIds(field: DltField, text: string): string[] {
  if (field !== 'tmId') return text.trim() === '' ? [] : [text.trim()];
  return text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
}

/** What the digits of a 19-digit id say it is; undefined where they say nothing. */
export function kindOf(id: string): DltField | undefined {
  return id.length === 19 ? KINDS.get(id.slice(2, 4)) : undefined;
}

/** What is odd about one id, if anything; the platform has the last word. */
export function oddity(field: DltField, id: string): 'digits' | 'length' | 'swapped' | undefined {
  // A chain hash that was computed elsewhere.
  if (field === 'tmId' && /^[\da-f]{64}$/i.test(id)) return undefined;
  if (!/^\d+$/.test(id)) return 'digits';
  if (!USUAL_LENGTHS[field].includes(id.length)) return 'length';
  const kind = kindOf(id);
  // Telemarketers with an entity's digits are in use.
  if (kind === undefined || kind === field || (field === 'tmId' && kind === 'peId')) return undefined;
  return 'swapped';
}
