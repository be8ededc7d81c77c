import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator';
import { createSimulator } from '../../src/simulator/simulator';

/** Simulators of the running test; all are closed after it. */
const open: Simulator[] = [];

/** A simulator whose receipts come soon and whose budget is out of the way, unless the test says otherwise. */
export async function simulate(options: SimulatorOptions = {}, note?: (words: string) => void): Promise<Simulator> {
  const simulator = await createSimulator({ dlrDelay: 10, throughput: 0, ...options }, note);
  open.push(simulator);
  return simulator;
}

export async function closeAll(): Promise<void> {
  await Promise.all(open.splice(0).map((simulator) => simulator.close()));
}

/** Port of a server, numbered from 1. */
export function portOf({ servers }: Simulator, number = 1): number {
  return servers[number - 1]!.port;
}

export async function post(simulator: Simulator, path: string, body: unknown = {}): Promise<Response> {
  return fetch(`${simulator.controlUrl}${path}`, { method: 'POST', body: JSON.stringify(body) });
}

/** Waits until something that is only seen by looking has happened; the test's own time limit ends it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
