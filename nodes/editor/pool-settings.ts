import type { InvalidInputError } from '../../src/base/errors';
import { checkSetting, isEnv } from '../../src/pool/settings-check';
import { POOL_SETTINGS, SERVER_SETTINGS, type PoolSettingName, type Setting } from '../../src/pool/settings-table';
import type { ServerRow } from './summary';
import { say } from './validate';

/** A validator for each setting of a pool. It applies the runtime's rule and gives the catalogue's sentence. */
export const validators = Object.fromEntries(
  Object.entries<Setting>(POOL_SETTINGS).map(([name, row]) => [
    name,
    row.kind === 'rows' ? validateServers : ofSetting(name, row, false),
  ]),
) as Readonly<Record<PoolSettingName, Validator>>;

/** The text fields of a server's row. Blank binds and throughput stand for the pool's values. */
export const SERVER_FIELDS = (['host', 'port', 'binds', 'throughput'] as const).map((name) => ({
  name,
  validate: ofSetting(name, SERVER_SETTINGS[name], name === 'binds' || name === 'throughput'),
}));

/** Undefined stands for the default: the editor leaves a default of "", 0 or false out of an unsaved config node. */
function ofSetting(name: string, row: Setting, mayBeBlank: boolean): Validator {
  // The editor shows the sentence only of a validator with two parameters.
  return function (value, _opt) {
    if (value === undefined || isEnv(value)) return true;
    if (mayBeBlank && String(value).trim() === '') return true;
    const { onlyWith } = row;
    if (onlyWith) {
      const chosen = $(`#node-config-input-${onlyWith.name}`).val() ?? this[onlyWith.name];
      if (chosen !== onlyWith.value) return true;
    }
    // User and password of Redis belong into their own fields, which Node-RED stores encrypted.
    if (row.kind === 'text' && row.form === 'redisUrl' && String(value).includes('@')) return say('redisUrl');
    try {
      checkSetting(name, withoutDefault(row), value);
      return true;
    } catch (error) {
      const { reason } = error as InvalidInputError;
      if (!reason) throw error;
      return say(reason.key, reason.values);
    }
  };
}

/** The form shows the default in the field, so a blank field is no way to ask for it. */
function withoutDefault(row: Setting): Setting {
  if (row.kind === 'whole') return { ...row, default: null };
  return row.kind === 'text' && row.required ? { ...row, default: '' } : row;
}

function validateServers(this: EditedNode, value: unknown, _opt: unknown): true | string {
  if (isEnv(value)) return true;
  const rows = Array.isArray(value) ? (value as ServerRow[]) : [];
  if (!rows.some((row) => row.enabled)) return say('noServer');
  for (const row of rows) {
    for (const { name, validate } of SERVER_FIELDS) {
      const problem = validate.call(this, row[name], {});
      if (problem !== true) return `${row.host}:${row.port}: ${this._(`smpp-pool.server.${name}`)}: ${problem}`;
    }
  }
  return true;
}
