/** India DLT: the ids of entity, template and telemarketer as TLVs of every segment. */
import { InvalidInputError } from '../errors';
import type { Tlv } from '../smpp/pdu';
import { chainHash } from './dlt-chain';
import { describe, plainText } from './input';
import type { MessageProfile, MessageRequest } from './message';

type IdField = 'peId' | 'templateId' | 'tmId';
/** In the order of the profile's tags. */
const FIELDS: readonly IdField[] = ['peId', 'templateId', 'tmId'];

/** No platform takes more than 64 octets; the bound leaves room for a list of a dozen telemarketers. */
const MAX_OCTETS = 254;
/** Ids have 19 digits; entities and telemarketers registered with some operators have 12. */
const USUAL_LENGTHS: Readonly<Record<IdField, readonly number[]>> = {
  peId: [19, 12],
  templateId: [19],
  tmId: [19, 12],
};
/** Digits 3 and 4 of a 19-digit id, as far as ids in the wild show. Good for a warning only. */
const KINDS: ReadonlyMap<string, IdField> = new Map([
  ['01', 'peId'],
  ['02', 'tmId'],
  ['07', 'templateId'],
]);
const NAMES: Readonly<Record<IdField, string>> = {
  peId: 'an entity',
  templateId: 'a template',
  tmId: 'a telemarketer',
};

/** One id as text; "" when not set. */
function readId(field: IdField, value: unknown): string {
  const id = plainText(field, value);
  if (id === '') return id;
  if (!/^[ -~]*$/.test(id)) {
    throw new InvalidInputError(
      field,
      `${field}: ${describe(id)} has a character that is not printable ASCII; give the id's digits`,
    );
  }
  if (id.length > MAX_OCTETS) {
    throw new InvalidInputError(
      field,
      `${field}: ${id.length} characters are too long for a DLT TLV, which holds at most ${MAX_OCTETS}; give the id alone`,
    );
  }
  return id;
}

function listed(ids: string): string[] {
  return ids
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
}

function chainOf(peId: string, tmIds: string): string {
  const ids = listed(tmIds);
  if (peId !== '' && ids.length > 0) return chainHash(peId, ids);
  const [field, what] = peId === '' ? (['peId', 'the entity id'] as const) : (['tmId', 'a telemarketer id'] as const);
  throw new InvalidInputError(
    field,
    `${field}: the hash of the telemarketer chain needs ${what} and there is none; set it`,
  );
}

function shapeWarnings(field: IdField, id: string): string[] {
  // A chain hash that was computed elsewhere.
  if (field === 'tmId' && /^[\da-f]{64}$/i.test(id)) return [];
  if (!/^\d+$/.test(id)) return [`${field} ${id} is not all digits`];
  if (!USUAL_LENGTHS[field].includes(id.length)) {
    return [`${field} ${id} has ${id.length} digits, ${USUAL_LENGTHS[field].join(' or ')} are usual`];
  }
  const kind = id.length === 19 ? KINDS.get(id.slice(2, 4)) : undefined;
  // Telemarketers with an entity's digits are in use.
  if (kind === undefined || kind === field || (field === 'tmId' && kind === 'peId')) return [];
  return [
    `${field} ${id} looks like the id of ${NAMES[kind]} (digits 3 and 4 are ${id.slice(2, 4)}): are the DLT ids swapped?`,
  ];
}

interface DltTlvs {
  readonly tlvs: readonly Tlv[];
  readonly warnings: readonly string[];
}

const NO_DLT: DltTlvs = { tlvs: [], warnings: [] };

/**
 * The TLVs of a message's DLT ids, in the order entity, template, telemarketer; an id that is not set has none. Swapped ids and
 * unusual lengths are warnings, never errors.
 * @throws InvalidInputError (`peId`, `templateId`, `tmId`) when an id is no text, is not ASCII, has more than 254 characters, or is
 *   missing where the profile requires it
 */
export function dltTlvs(request: Pick<MessageRequest, IdField>, profile: MessageProfile): DltTlvs {
  const ids = FIELDS.map((field) => readId(field, request[field]));
  if (!profile.dltRequired && ids.every((id) => id === '')) return NO_DLT;
  if (profile.dltRequired && ids.includes('')) {
    const missing = FIELDS.filter((_, i) => ids[i] === '');
    throw new InvalidInputError(
      missing[0]!,
      `${missing.join(', ')}: the pool requires all three DLT ids; set what is missing in the message or the pool`,
    );
  }
  const tlvs: Tlv[] = [];
  const warnings: string[] = [];
  FIELDS.forEach((field, i) => {
    const id = ids[i]!;
    if (id === '') return;
    for (const one of field === 'tmId' ? listed(id) : [id]) warnings.push(...shapeWarnings(field, one));
    const text = field === 'tmId' && profile.dltTmForm === 'hash' ? chainOf(ids[0]!, id) : id;
    tlvs.push({
      tag: profile.dltTags[i]!,
      value: Buffer.from(profile.dltFormat === 'cstring' ? `${text}\0` : text, 'ascii'),
    });
  });
  return { tlvs, warnings };
}
