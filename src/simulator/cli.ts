#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { background } from '../base/background';
import type { Simulator, SimulatorOptions } from './simulator';
import { readConfig, withoutUndefined } from './settings';
import { createSimulator } from './simulator';

const USAGE = `smpp-simulator: an SMPP platform on this machine, for demos and tests

  --servers 2            servers of the platform, on consecutive ports
  --port 2775            port of the first one; 0 = any free ports
  --tls                  a TLS twin of each server on its port + 1000
  --account demo:demo    id:password of a customer, may be repeated
  --binds 3              binds of an account on each server, 0 = no limit
  --throughput 50        submits a second of an account on each server, 0 = no limit
  --idle 300             seconds after which a link without requests is cut
  --control 2780         port of the control API and its page; 0 = any free port
  --seed 1               repeats a run
  --dlr-delay 200        milliseconds from a submit to its receipt
  --require-dlt          refuses messages without the three DLT parameters
  --lenient-version      takes an interface_version above 0x34 for SMPP 3.4, not 3.3
  --config file.json     any of these in camelCase, and a DLT registry
  --help
`;

/** Default ports of the command. A simulator inside a test takes any free ports instead. */
const PORTS = { port: 2775, control: 2780 } as const;

/** Null where only the usage is asked for. */
function readFlags(): SimulatorOptions | null {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      servers: text,
      port: text,
      tls: { type: 'boolean' },
      account: { type: 'string', multiple: true },
      binds: text,
      throughput: text,
      idle: text,
      control: text,
      seed: text,
      'dlr-delay': text,
      'require-dlt': { type: 'boolean' },
      'lenient-version': { type: 'boolean' },
      config: text,
      help: { type: 'boolean' },
    },
  });
  if (values.help) return null;
  const number = (value: string | undefined) => (value === undefined ? undefined : Number(value));
  return {
    servers: number(values.servers),
    port: number(values.port),
    tls: values.tls,
    account: values.account,
    binds: number(values.binds),
    throughput: number(values.throughput),
    idle: number(values.idle),
    control: number(values.control),
    seed: number(values.seed),
    dlrDelay: number(values['dlr-delay']),
    requireDlt: values['require-dlt'],
    lenientVersion: values['lenient-version'],
    config: values.config,
  };
}

function describe({ servers, controlUrl, state }: Simulator): string {
  const lines = servers.map(({ port, tlsPort }, index) => {
    return `server ${index + 1}  127.0.0.1:${port}${tlsPort === null ? '' : `  TLS 127.0.0.1:${tlsPort}`}`;
  });
  const accounts = state().accounts.map(({ systemId }) => systemId);
  return [...lines, `accounts  ${accounts.join(', ')}`, `control   ${controlUrl}`, 'Ctrl-C stops it.'].join('\n');
}

async function main(): Promise<void> {
  const options = readFlags();
  if (!options) {
    process.stdout.write(USAGE);
    return;
  }
  const { config, ...flags } = options;
  const given = { ...PORTS, ...(await readConfig(config)), ...withoutUndefined(flags) };
  const simulator = await createSimulator(given, (words) => console.log(words));
  console.log(describe(simulator));
  const stop = (): void => {
    background(simulator.close(), console, 'closing');
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
