/** The simulator as a server of its own process. */
import type * as SimulatorModule from '../src/simulator/simulator';
import { built, childOptions, ready, run } from './child';

const { createSimulator } = built<typeof SimulatorModule>('src/simulator/simulator');

export interface PlatformInfo {
  readonly ports: readonly number[];
  readonly controlUrl: string;
}

run(async () => {
  const { servers, controlUrl } = await createSimulator(childOptions<SimulatorModule.SimulatorOptions>());
  const info: PlatformInfo = { ports: servers.map(({ port }) => port), controlUrl };
  ready(info);
});
