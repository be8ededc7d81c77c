import type { DeliveryGroup } from './receipt';
import { codeRow, type DeliveryCode } from './code-table';

/** What the description says where public lists give a number two meanings. */
const DISPUTED = ' (providers disagree on this number)';

function row(error: string, status: string, group: DeliveryGroup, description: string): DeliveryCode {
  return codeRow(error, status, 'REJECTED', group, description);
}

function disputed(error: string, status: string, group: DeliveryGroup, description: string): DeliveryCode {
  return row(error, status, group, description + DISPUTED);
}

/**
 * Numbers of the DLT check that many Indian resellers write beside, or in place of, the guide's: 600 to 687, those of Airtel from 801,
 * and 195. Gathered from the resellers' public lists, which change and in places contradict each other.
 */
export const INDIA_CODES: readonly DeliveryCode[] = [
  row('195', 'TLV_MISSING', 'dlt', 'A DLT id was not sent with the message'),
  row('600', 'ENTITY_NOT_FOUND', 'dlt', 'The entity id is not on the DLT platform'),
  row('601', 'ENTITY_NOT_REGISTERED', 'dlt', 'The entity is not registered'),
  row('602', 'ENTITY_INACTIVE', 'dlt', 'The entity is inactive'),
  row('603', 'ENTITY_BLACKLISTED', 'dlt', 'The entity is blocked on all platforms'),
  row('604', 'INVALID_ENTITY_ID', 'dlt', 'The entity id is missing or malformed'),
  disputed('605', 'ENTITY_ID_NOT_ALLOWED_FOR_TM', 'dlt', 'The entity has not allowed this telemarketer'),
  row('610', 'TELEMARKETER_NOT_REGISTERED', 'dlt', 'The telemarketer id is not registered'),
  disputed('611', 'TELEMARKETER_INACTIVE', 'dlt', 'The telemarketer is inactive'),
  disputed('612', 'TELEMARKETER_BLACKLISTED', 'dlt', 'The telemarketer is blocked on all platforms'),
  disputed('613', 'TELEMARKETER_NOT_ALLOWED_FOR_ENTITY', 'dlt', 'The telemarketer may not send for this entity'),
  disputed('614', 'PE_TM_HASH_NOT_RECEIVED', 'dlt', 'The hash of the entity and telemarketer chain was not sent'),
  disputed('615', 'PE_TM_HASH_NOT_REGISTERED', 'dlt', 'The entity and telemarketer chain is not registered'),
  disputed('616', 'PE_TM_HASH_INACTIVE', 'dlt', 'The entity and telemarketer chain is inactive'),
  disputed('617', 'PE_TM_HASH_BLACKLISTED', 'dlt', 'The entity and telemarketer chain is blocked'),
  disputed('618', 'PE_TM_HASH_SUSPENDED', 'dlt', 'The entity and telemarketer chain is suspended'),
  row('620', 'HEADER_NOT_FOUND', 'dlt', 'The sender is not on the DLT platform; its letters must match in case'),
  row('621', 'HEADER_INACTIVE', 'dlt', 'The sender is inactive'),
  row('622', 'HEADER_BLACKLISTED', 'dlt', 'The sender is blocked on all platforms'),
  row('623', 'PEID_NOT_MATCHED_WITH_HEADER', 'dlt', 'The sender belongs to another entity'),
  disputed('624', 'HEADER_SUSPENDED_DUE_TO_VALIDITY', 'dlt', 'The sender is suspended: its registration ran out'),
  disputed('625', 'HEADER_SUSPENDED_DUE_TO_USAGE', 'dlt', 'The sender is suspended: it was not used'),
  row('630', 'TEMPLATE_NOT_FOUND', 'template', 'The template id is not on the DLT platform'),
  row('631', 'TEMPLATE_INACTIVE', 'template', 'The template is inactive'),
  row('632', 'TEMPLATE_BLACKLISTED', 'template', 'The template is blocked'),
  row('633', 'TEMPLATE_NOT_MATCHED', 'template', 'The text does not fit the template'),
  row('634', 'HEADER_NOT_REGISTERED_FOR_TEMPLATE', 'template', 'The sender is not registered for this template'),
  row('635', 'TEMPLATE_VARIABLE_EXCEEDED_MAX_LENGTH', 'template', 'A variable of the template is too long'),
  row('636', 'ERROR_IDENTIFYING_TEMPLATE', 'template', 'The platform could not tell which template the text has'),
  row('637', 'INVALID_TEMPLATE_ID', 'template', 'The template id is missing or malformed'),
  row(
    '650',
    'PREFERENCE_NOT_MATCHED',
    'policy',
    'The recipient does not want messages of this kind, or not at this time',
  ),
  row('660', 'CONSENT_FAILED', 'policy', 'There is no consent of the recipient'),
  disputed('666', 'CONTENT_MISMATCH', 'template', 'The text does not fit the template'),
  row('670', 'SCRUBBING_FAILED', 'network', 'The DLT check itself failed'),
  disputed('677', 'INVALID_TM_ID', 'dlt', 'The telemarketer id is missing or malformed'),
  disputed('678', 'TM_ID_NOT_FOUND', 'dlt', 'The telemarketer id does not exist or is inactive'),
  disputed('680', 'TM_ID_BLACKLISTED', 'dlt', 'The telemarketer is blocked'),
  disputed('683', 'HEADER_TYPE_MISMATCH', 'template', 'The kind of the sender is not that of the template'),
  disputed('687', 'SMS_TYPE_MISMATCH', 'template', 'The kind of the message is not that of sender and template'),
  row('801', 'AIRTEL_ENTITY_BLACKLISTED', 'dlt', 'Airtel: the entity is blocked'),
  row('802', 'AIRTEL_ENTITY_INACTIVE', 'dlt', 'Airtel: the entity is inactive or not registered'),
  row('803', 'AIRTEL_HEADER_BLACKLISTED', 'dlt', 'Airtel: the sender is blocked'),
  row('804', 'AIRTEL_HEADER_INACTIVE', 'dlt', 'Airtel: the sender is inactive or not registered'),
];
