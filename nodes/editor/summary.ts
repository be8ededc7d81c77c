/** A row of the pool's server list, as its form holds it; blank = the pool's value. */
export interface ServerRow {
  host: string;
  port: number | string;
  tls: boolean;
  binds: number | string;
  throughput: number | string;
  enabled: boolean;
}

/** What the pool as a whole may do. A null is not known before the environment is: some value is `${NAME}`. */
export interface PoolSummary {
  readonly servers: number;
  /** The same for every server, or null. */
  readonly bindsEach: number | null;
  readonly binds: number | null;
  /** Submits a second; Infinity = no limit. */
  readonly throughput: number | null;
  /** Unanswered submits at once. */
  readonly window: number | null;
}

function known(value: number | string, inherited: number | string): number | null {
  const text = String(value).trim() || String(inherited).trim();
  return /^\d+$/.test(text) ? Number(text) : null;
}

function sum(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((total, value) => (total === null || value === null ? null : total + value), 0);
}

export function summarise(
  rows: readonly ServerRow[],
  pool: { readonly binds: number | string; readonly throughput: number | string; readonly window: number | string },
): PoolSummary {
  const enabled = rows.filter((row) => row.enabled && row.host.trim() !== '');
  const binds = enabled.map((row) => known(row.binds, pool.binds));
  const total = sum(binds);
  const window = known(pool.window, '');
  return {
    servers: enabled.length,
    bindsEach: new Set(binds).size === 1 ? binds[0]! : null,
    binds: total,
    throughput: sum(
      enabled.map((row) => known(row.throughput, pool.throughput)).map((rate) => (rate === 0 ? Infinity : rate)),
    ),
    window: total === null || window === null ? null : total * window,
  };
}
