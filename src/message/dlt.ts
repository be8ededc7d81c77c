/** India DLT: the ids of entity, template and telemarketer as TLVs of every segment. */
import { InvalidInputError } from '../base/errors';
import type { Tlv } from '../smpp/pdu';
import { chainHash } from './dlt-chain';
import type { DltField } from './dlt-id';
import { kindOf, listedIds, oddity, USUAL_LENGTHS } from './dlt-id';
import { describe, plainText } from './input';
import type { MessageProfile, MessageRequest } from './message';

/** The DLT fields, in the order of the profile's `dltTags`. */
export const DLT_FIELDS: readonly DltField[] = ['peId', 'templateId', 'tmId'];

/**
 * Octets of a DLT TLV's value at most: room for a list of a dozen telemarketer ids. No platform takes more than 64
 * octets.
 */
const MAX_OCTETS = 254;
const NAMES: Readonly<Record<DltField, string>> = {
  peId: 'an entity',
  templateId: 'a template',
  tmId: 'a telemarketer',
};

/** One id as text; "" when not set. */
function readId(field: DltField, value: unknown): string {
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

function chainOf(peId: string, tmIds: string): string {
  const ids = listedIds('tmId', tmIds);
  if (peId !== '' && ids.length > 0) return chainHash(peId, ids);
  const [field, what] = peId === '' ? (['peId', 'the entity id'] as const) : (['tmId', 'a telemarketer id'] as const);
  throw new InvalidInputError(
    field,
    `${field}: the hash of the telemarketer chain needs ${what} and there is none; set it`,
  );
}

function shapeWarnings(field: DltField, id: string): string[] {
  switch (oddity(field, id)) {
    case 'digits':
      return [`${field} ${id} is not all digits`];
    case 'length':
      return [`${field} ${id} has ${id.length} digits, ${USUAL_LENGTHS[field].join(' or ')} are usual`];
    case 'swapped':
      return [
        `${field} ${id} looks like the id of ${NAMES[kindOf(id)!]} (digits 3 and 4 are ${id.slice(2, 4)}): are the DLT ids swapped?`,
      ];
    case undefined:
      return [];
  }
}

interface DltTlvs {
  readonly tlvs: readonly Tlv[];
  readonly warnings: readonly string[];
}

const NO_DLT: DltTlvs = { tlvs: [], warnings: [] };

/**
 * The TLVs of a message's DLT ids, in the order entity, template, telemarketer; an id that is not set gives no TLV.
 * Swapped ids and unusual lengths are warnings, never errors.
 * @throws InvalidInputError (`peId`, `templateId`, `tmId`) when an id is no text, is not ASCII, has more than 254
 *   characters, or is missing where the profile requires it or the chain hash needs it
 */
export function dltTlvs(request: Pick<MessageRequest, DltField>, profile: MessageProfile): DltTlvs {
  const peId = readId('peId', request.peId || profile.peId);
  const templateId = readId('templateId', request.templateId);
  const tmId = readId('tmId', request.tmId || profile.tmId);
  if (!profile.dltRequired && peId === '' && templateId === '' && tmId === '') return NO_DLT;
  const ids = [peId, templateId, tmId];
  if (profile.dltRequired && ids.includes('')) {
    const missing = DLT_FIELDS.filter((_, i) => ids[i] === '');
    throw new InvalidInputError(
      missing[0]!,
      `${missing.join(', ')}: the pool requires all three DLT ids; set what is missing in the message or the pool`,
    );
  }
  const tlvs: Tlv[] = [];
  const warnings: string[] = [];
  DLT_FIELDS.forEach((field, i) => {
    const id = ids[i]!;
    if (id === '') return;
    for (const one of listedIds(field, id)) warnings.push(...shapeWarnings(field, one));
    const text = field === 'tmId' && profile.dltTmForm === 'hash' ? chainOf(peId, id) : id;
    tlvs.push({
      tag: profile.dltTags[i]!,
      value: Buffer.from(profile.dltFormat === 'cstring' ? `${text}\0` : text, 'ascii'),
    });
  });
  return { tlvs, warnings };
}
