/** A server as people paste it into the field for its host. */
export interface ServerAddress {
  readonly host: string;
  /** Undefined where the text has none. */
  readonly port?: number;
  /** Undefined where no scheme says. */
  readonly tls?: boolean;
}

const SCHEMES: Readonly<Record<string, boolean>> = { smpp: false, smpps: true, ssmpp: true, tcp: false, tls: true };
const ADDRESS = /^(?:([a-z]+):\/\/)?(?:[^\s@/]*@)?(\[[^\]\s]+\]|[^\s:/[\]]+)(?::(\d{1,5}))?\/?$/i;

/** Splits `host:port`, `[v6]:port` and `smpps://host:port`. @returns null where there is nothing to split */
export function splitAddress(text: string): ServerAddress | null {
  const [, scheme, host, port] = ADDRESS.exec(text.trim()) ?? [];
  if (host === undefined || (scheme === undefined && port === undefined)) return null;
  const tls = scheme === undefined ? undefined : SCHEMES[scheme.toLowerCase()];
  if (scheme !== undefined && tls === undefined) return null;
  return {
    host: host.replace(/^\[|\]$/g, ''),
    ...(port !== undefined && { port: Number(port) }),
    ...(tls !== undefined && { tls }),
  };
}
