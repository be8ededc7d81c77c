/**
 * Every setting of a pool, as data. The check at run time, the dialog's defaults and validators, the table of
 * docs/reference.md, and the defaults of tests and bench are derived from it. A new setting needs a row here, a row of
 * the form (nodes/smpp-pool.html) and its words in the catalogues.
 */
interface Whole {
  readonly kind: 'whole';
  /** Null: the setting has no default and must be given. */
  readonly default: number | null;
  readonly min: number;
  /** Absent: any whole number that JavaScript keeps exactly. */
  readonly max?: number;
  readonly unit?: string;
}

interface Choice {
  readonly kind: 'choice';
  readonly default: string;
  readonly choices: readonly string[];
}

interface Flag {
  readonly kind: 'flag';
  readonly default: boolean;
}

/** What a text must look like beyond its length; the rules themselves are in settings-check. */
export type TextForm =
  'host' | 'sender' | 'dltId' | 'dltIds' | 'dltTags' | 'redisUrl' | 'redisPrefix' | 'timeZone' | 'country' | 'alphabet';

interface Text {
  readonly kind: 'text';
  readonly default: string;
  /** The most characters allowed. */
  readonly length?: number;
  /** Only printable ASCII: the field is a C-octet string of the bind. */
  readonly ascii?: true;
  readonly form?: TextForm;
  /** A blank field is an error in the dialog; in a flow file it is the default, or an error where that is blank too. */
  readonly required?: true;
}

/** The id of another config node. */
interface NodeId {
  readonly kind: 'node';
  readonly default: '';
  readonly type: string;
}

/** A list of rows, which have a settings table of their own. */
interface Rows {
  readonly kind: 'rows';
  readonly default: readonly [];
}

export type Setting = (Whole | Choice | Flag | Text | NodeId | Rows) & {
  /** Read only where another setting has this value. */
  readonly onlyWith?: { readonly name: string; readonly value: string };
};

/** Longest delay that a timer of Node.js can hold, in seconds. */
const LONGEST_TIMER = 2_147_483;
/** Seconds: 68 years. The present time plus this is still a valid date. */
const LONGEST_SPAN = 2_147_483_647;

const BINDS = { kind: 'whole', default: 1, min: 1, max: 100, unit: 'binds per server' } as const;
const THROUGHPUT = {
  kind: 'whole',
  default: 50,
  min: 0,
  unit: 'submit PDUs a second per server; 0 = no limit',
} as const;
const REDIS = { name: 'store', value: 'redis' } as const;

export const POOL_SETTINGS = {
  name: { kind: 'text', default: '' },
  servers: { kind: 'rows', default: [] },
  bindMode: {
    kind: 'choice',
    default: 'transceiver',
    choices: ['transceiver', 'transmitter-receiver', 'transmitter', 'receiver'],
  },
  version: { kind: 'choice', default: '3.4', choices: ['3.4', '3.3'] },
  // C-octet strings of 13 and 41 octets, the NUL counted (SMPP 3.4 section 4.1.1).
  systemType: { kind: 'text', default: 'smpp', length: 12, ascii: true },
  addressRange: { kind: 'text', default: '', length: 40, ascii: true },
  addrTon: { kind: 'whole', default: 0, min: 0, max: 255 },
  addrNpi: { kind: 'whole', default: 0, min: 0, max: 255 },
  binds: BINDS,
  throughput: THROUGHPUT,
  window: { kind: 'whole', default: 10, min: 1, unit: 'unanswered submits per bind' },
  enquireLink: { kind: 'whole', default: 60, min: 1, max: LONGEST_TIMER, unit: 'seconds' },
  responseTimeout: { kind: 'whole', default: 30, min: 1, max: LONGEST_TIMER, unit: 'seconds' },
  tls: { kind: 'node', default: '', type: 'tls-config' },
  tlsMinVersion: { kind: 'choice', default: 'TLSv1.2', choices: ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] },
  from: { kind: 'text', default: '', form: 'sender' },
  country: { kind: 'text', default: '', form: 'country' },
  alphabet: { kind: 'text', default: 'gsm', form: 'alphabet', required: true },
  dltPeId: { kind: 'text', default: '', length: 254, form: 'dltId' },
  dltTmId: { kind: 'text', default: '', length: 254, form: 'dltIds' },
  dltTags: { kind: 'text', default: '1400,1401,1402', form: 'dltTags', required: true },
  dltFormat: { kind: 'choice', default: 'octets', choices: ['octets', 'cstring'] },
  dltTmForm: { kind: 'choice', default: 'plain', choices: ['plain', 'hash'] },
  dltRequired: { kind: 'flag', default: false },
  store: { kind: 'choice', default: 'disk', choices: ['disk', 'memory', 'redis'] },
  redisUrl: { kind: 'text', default: '', form: 'redisUrl', required: true, onlyWith: REDIS },
  redisPrefix: { kind: 'text', default: 'smpp', form: 'redisPrefix', required: true, onlyWith: REDIS },
  queueLimit: { kind: 'whole', default: 100_000, min: 1, unit: 'messages' },
  messageExpiry: { kind: 'whole', default: 86_400, min: 1, max: LONGEST_SPAN, unit: 'seconds' },
  receiptExpiry: { kind: 'whole', default: 259_200, min: 1, max: LONGEST_SPAN, unit: 'seconds' },
  onLinkLoss: { kind: 'choice', default: 'resend', choices: ['resend', 'fail'] },
  receiptWait: { kind: 'whole', default: 600, min: 0, max: LONGEST_SPAN, unit: 'seconds' },
  messageIds: { kind: 'choice', default: 'auto', choices: ['auto', 'exact', 'hex-to-dec', 'dec-to-hex'] },
  receiptTimezone: { kind: 'text', default: 'UTC', form: 'timeZone', required: true },
  codeTable: { kind: 'text', default: 'guide', required: true },
  historyDays: { kind: 'whole', default: 7, min: 0, max: 3650, unit: 'days; 0 = no history' },
  historyLimit: { kind: 'whole', default: 1_000_000, min: 1, unit: 'messages' },
  historyText: { kind: 'flag', default: false },
  keepOnDeploy: { kind: 'flag', default: true },
} as const satisfies Readonly<Record<string, Setting>>;

/** A row of `servers`; blank `binds` and `throughput` take the pool's values. */
export const SERVER_SETTINGS = {
  host: { kind: 'text', default: '', form: 'host', required: true },
  port: { kind: 'whole', default: null, min: 1, max: 65_535 },
  tls: { kind: 'flag', default: false },
  binds: BINDS,
  throughput: THROUGHPUT,
  enabled: { kind: 'flag', default: true },
} as const satisfies Readonly<Record<string, Setting>>;

export type PoolSettingName = keyof typeof POOL_SETTINGS;

type Checked<Row> = Row extends { readonly kind: 'whole' }
  ? number
  : Row extends { readonly kind: 'choice'; readonly choices: readonly (infer Word)[] }
    ? Word
    : Row extends { readonly kind: 'flag' }
      ? boolean
      : string;

type Single = {
  [Name in PoolSettingName]: (typeof POOL_SETTINGS)[Name]['kind'] extends 'rows' ? never : Name;
}[PoolSettingName];

/** Checked settings by their names in the flow file, all but lists of rows. */
export type PoolSettingValues = { readonly [Name in Single]: Checked<(typeof POOL_SETTINGS)[Name]> };

/** The defaults of all settings but lists of rows. */
export function defaultSettings(): PoolSettingValues {
  const rows = Object.entries(POOL_SETTINGS).filter(([, row]) => row.kind !== 'rows');
  return Object.fromEntries(rows.map(([name, row]) => [name, row.default])) as PoolSettingValues;
}
