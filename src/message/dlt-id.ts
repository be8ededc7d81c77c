/** What a DLT id usually looks like. No Buffer and no node: module, because the editor looks at ids too. */
export type DltField = 'peId' | 'templateId' | 'tmId';

/** Ids have 19 digits; entities and telemarketers registered with some operators have 12. */
export const USUAL_LENGTHS: Readonly<Record<DltField, readonly number[]>> = {
  peId: [19, 12],
  templateId: [19],
  tmId: [19, 12],
};
/** The kind of a 19-digit id by its digits 3 and 4. Known only from ids in use, so good for a warning only. */
const KINDS: ReadonlyMap<string, DltField> = new Map([
  ['01', 'peId'],
  ['02', 'tmId'],
  ['07', 'templateId'],
]);

/** The ids in the text of a field. `tmId` may list several, with commas between: the chain of telemarketers. */
export function listedIds(field: DltField, text: string): string[] {
  if (field !== 'tmId') return text.trim() === '' ? [] : [text.trim()];
  return text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
}

/** The kind of a 19-digit id by its digits; undefined where they do not show it. */
export function kindOf(id: string): DltField | undefined {
  return id.length === 19 ? KINDS.get(id.slice(2, 4)) : undefined;
}

/** What is odd about one id, if anything; the platform has the last word. */
export function oddity(field: DltField, id: string): 'digits' | 'length' | 'swapped' | undefined {
  // 64 hex digits are a chain hash that was computed elsewhere.
  if (field === 'tmId' && /^[\da-f]{64}$/i.test(id)) return undefined;
  if (!/^\d+$/.test(id)) return 'digits';
  if (!USUAL_LENGTHS[field].includes(id.length)) return 'length';
  const kind = kindOf(id);
  // Telemarketer ids with the digits of an entity (01) are in use.
  if (kind === undefined || kind === field || (field === 'tmId' && kind === 'peId')) return undefined;
  return 'swapped';
}
