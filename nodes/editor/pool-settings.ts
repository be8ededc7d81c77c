import type { InvalidInputError } from '../../src/base/errors';
import { checkSetting, isEnv } from '../../src/pool/settings-check';
import { POOL_SETTINGS, SERVER_SETTINGS, type PoolSettingName, type Setting } from '../../src/pool/settings-table';
import type { ServerRow } from './summary';
import { say } from './validate';

/** Of each setting, by the rule of the runtime; its sentence is the catalogue's. */
export const validators = Object.fromEntries(
  Object.entries<Setting>(POOL_SETTINGS).map(([name, row]) => [
    name,
    row.kind === 'rows' ? validateServers : ofSetting(name, row, false),
  ]),
) as Readonly<Record<PoolSettingName, Validator>>;

/** The fields of a server's row that are typed; blank binds and throughput are the pool's. */
export const SERVER_FIELDS = (['host', 'port', 'binds', 'throughput'] as const).map((name) => ({
  name,
  validate: ofSetting(name, SERVER_SETTINGS[name], name === 'binds' || name === 'throughput'),
}));

/** A config node that was never saved lacks the properties whose default is "", 0 or false: undefined is the default. */
function ofSetting(name: string, row: Setting, mayBeBlank: boolean): Validator {
  // Two parameters, although one would do: only then does the editor show the sentence.
  return function (value, _opt) {
    if (value === undefined || isEnv(value)) return true;
    if (mayBeBlank && String(value).trim() === '') return true;
    const { onlyWith } = row;
    if (onlyWith) {
      const chosen = $(`#node-config-input-${onlyWith.name}`).val() ?? this[onlyWith.name];
      if (chosen !== onlyWith.value) return true;
    }
    // User and password of Redis have fields of their own, which are stored encrypted.
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

/** In a form nothing stands for the default: it is filled in. */
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
