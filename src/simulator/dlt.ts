import { createHash } from 'node:crypto';
import type { StoredMessage } from './messages';
import { InvalidInputError } from '../base/errors';
import { STATUS } from './status';
import type { Submit } from './submit';
import { tlvValue } from './submit';

export type Standing = 'active' | 'inactive' | 'blacklisted';

/**
 * A small DLT registry, each list keyed by id. An absent list is not checked; an id missing from a present list is
 * unknown.
 */
export interface DltRegistry {
  readonly entities?: Readonly<Record<string, Standing>>;
  readonly telemarketers?: Readonly<Record<string, Standing>>;
  readonly templates?: Readonly<Record<string, DltTemplate>>;
  /** Sender ids (headers). */
  readonly senders?: Readonly<Record<string, Standing>>;
}

/** A registered template. */
export interface DltTemplate {
  readonly standing: Standing;
  /** Senders registered for the template; absent = any. */
  readonly senders?: readonly string[];
  /** Text of the template, with `{#var#}` for each variable; absent = any text. */
  readonly text?: string;
}

const STANDINGS: readonly unknown[] = ['active', 'inactive', 'blacklisted'] satisfies Standing[];

/**
 * Checks a registry at the start, so that a mistake in a file shows early.
 * @throws {InvalidInputError} where a standing is not one of `Standing`.
 */
export function checkRegistry({ templates = {}, ...lists }: DltRegistry): void {
  const templateStandings = Object.entries(templates).map(([id, template]) => [id, template.standing] as const);
  const others = Object.values(lists).flatMap((list) => Object.entries(list));
  for (const [id, standing] of [...templateStandings, ...others]) {
    if (!STANDINGS.includes(standing)) {
      throw new InvalidInputError('dlt', `${id} must be ${STANDINGS.join(', ')} in the registry`);
    }
  }
}

const TAG = { entity: 0x1400, template: 0x1401, telemarketer: 0x1402 } as const;

const MIN_ID = 8;
const MAX_ID = 30;
/** Characters of the longest telemarketer value in use: a chain hash (SHA-256 in hex). */
const MAX_TELEMARKETER = 64;
const ID = /^\d+$/;
const TELEMARKETER = /^(\d+(,\d+)*|[0-9a-f]{64})$/;

/**
 * Checks the form of the three DLT parameters, none of which may be missing. Returns a command_status; 0 = all are
 * right.
 */
export function checkDltTlvs(submit: Submit): number {
  const values = [TAG.entity, TAG.template, TAG.telemarketer].map((tag) => dltValue(submit, tag));
  if (values.includes(null)) return STATUS.tlvMissing;
  const [entity, template, telemarketer] = values as [string, string, string];
  const wrongLength = [entity, template].some((id) => id.length < MIN_ID || id.length > MAX_ID);
  if (wrongLength || telemarketer.length < MIN_ID || telemarketer.length > MAX_TELEMARKETER) return STATUS.tlvLength;
  return ID.test(entity) && ID.test(template) && TELEMARKETER.test(telemarketer) ? STATUS.ok : STATUS.tlvValue;
}

/** Error numbers of the delivery codes (docs/codes.md, "Delivery reports"). */
const CODE = {
  rejected: 777,
  telemarketerInvalid: 780,
  entityInvalid: 781,
  templateInvalid: 782,
  variableTooLong: 783,
  entityNotFound: 784,
  templateBlacklisted: 785,
  entityBlacklisted: 786,
  senderInactive: 787,
  templateInactive: 788,
  senderNotOfTemplate: 789,
} as const;

/** The delivery code of the registry's first objection; 0 = none. A parameter that was not sent is not looked up. */
export function dltVerdict(registry: DltRegistry | null, submit: Submit, message: StoredMessage): number {
  if (!registry) return 0;
  const entity = dltValue(submit, TAG.entity);
  const template = dltValue(submit, TAG.template);
  const telemarketer = dltValue(submit, TAG.telemarketer);
  return (
    telemarketerVerdict(registry, telemarketer, entity) ||
    entityVerdict(registry, entity) ||
    templateVerdict(registry, template) ||
    senderVerdict(registry, submit.from, template) ||
    textVerdict(registry, template, message)
  );
}

function telemarketerVerdict({ telemarketers }: DltRegistry, value: string | null, entity: string | null): number {
  if (!telemarketers || value === null) return 0;
  const active = Object.keys(telemarketers).filter((id) => telemarketers[id] === 'active');
  const last = value.split(',').at(-1)!;
  const known = active.some((id) => id === last || chainHash([entity ?? '', id]) === value);
  return known ? 0 : CODE.telemarketerInvalid;
}

/** The chain from entity to telemarketer as one hash: lower-case hex SHA-256 of the ids joined by commas. */
function chainHash(ids: readonly string[]): string {
  return createHash('sha256').update(ids.join(',')).digest('hex');
}

function entityVerdict({ entities }: DltRegistry, id: string | null): number {
  if (!entities || id === null) return 0;
  if (!ID.test(id)) return CODE.entityInvalid;
  const standing = entities[id];
  if (standing === undefined) return CODE.entityNotFound;
  if (standing === 'blacklisted') return CODE.entityBlacklisted;
  return standing === 'active' ? 0 : CODE.entityInvalid;
}

function templateVerdict({ templates }: DltRegistry, id: string | null): number {
  if (!templates || id === null) return 0;
  const standing = templates[id]?.standing;
  if (standing === undefined) return CODE.templateInvalid;
  if (standing === 'blacklisted') return CODE.templateBlacklisted;
  return standing === 'active' ? 0 : CODE.templateInactive;
}

function senderVerdict({ senders, templates }: DltRegistry, from: string, template: string | null): number {
  if (senders && !Object.hasOwn(senders, from)) return CODE.rejected;
  if (senders && senders[from] !== 'active') return CODE.senderInactive;
  const allowed = template === null ? undefined : templates?.[template]?.senders;
  return allowed && !allowed.includes(from) ? CODE.senderNotOfTemplate : 0;
}

const VARIABLE = '{#var#}';
const MAX_VARIABLE = 30;

function textVerdict({ templates }: DltRegistry, id: string | null, message: StoredMessage): number {
  const form = id === null ? undefined : templates?.[id]?.text;
  if (form === undefined || !message.complete) return 0;
  const { text } = message;
  if (matches(form, text, `.{0,${MAX_VARIABLE}}`)) return 0;
  return matches(form, text, '.*') ? CODE.variableTooLong : CODE.rejected;
}

function matches(form: string, text: string, variable: string): boolean {
  const literals = form.split(VARIABLE).map((literal) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literals.join(variable)}$`, 'su').test(text);
}

/** The text of a parameter without the NUL that some senders put behind it; null where the parameter was not sent. */
function dltValue(submit: Submit, tag: number): string | null {
  const value = tlvValue(submit, tag);
  return value && value.toString('latin1').replace(/\0$/, '');
}
