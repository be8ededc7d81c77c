/** A row of the pool's server list in the form; blank binds or throughput = the pool's value. */
export interface ServerRow {
  host: string;
  port: number | string;
  tls: boolean;
  binds: number | string;
  throughput: number | string;
  enabled: boolean;
}

/** Limits of the pool as a whole. Null where a value is `${NAME}`, which only the runtime knows. */
export interface PoolSummary {
  readonly servers: number;
  /** Binds of each server; null where servers differ or one is not known. */
  readonly bindsEach: number | null;
  readonly binds: number | null;
  /** Submits a second; Infinity = no limit. */
  readonly throughput: number | null;
  /** Most unanswered submits at once, over all binds. */
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
