export type DltField = 'peId' | 'templateId' | 'tmId';

/** Digits 3 and 4 of a 19-digit id, as far as ids in the wild show; telemarketers with an entity's digits are in use. */
const KINDS: Readonly<Record<string, readonly DltField[]>> = {
  '01': ['peId', 'tmId'],
  '02': ['tmId'],
  '07': ['templateId'],
};

/** The key of a hint for an id that looks odd, or undefined. A hint only: the platform has the last word. */
export function dltHint(field: DltField, id: string): 'digits' | 'length' | 'swapped' | undefined {
  const ids = field === 'tmId' ? id.split(',').map((one) => one.trim()) : [id.trim()];
  const odd = ids.map((one) => oddity(field, one));
  return odd.find((hint) => hint !== undefined);
}

function oddity(field: DltField, id: string): 'digits' | 'length' | 'swapped' | undefined {
  if (id === '' || (field === 'tmId' && /^[\da-f]{64}$/i.test(id))) return undefined;
  if (!/^\d+$/.test(id)) return 'digits';
  if (id.length !== 19) return id.length === 12 && field !== 'templateId' ? undefined : 'length';
  const kinds = KINDS[id.slice(2, 4)];
  return kinds === undefined || kinds.includes(field) ? undefined : 'swapped';
}
