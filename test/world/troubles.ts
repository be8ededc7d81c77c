import type { Troubles } from './profiles';
import type { World } from './world';

const SECOND = 1000;

/** Lets traffic and troubles come by themselves, for as long as the world is stormy. */
export function begin(world: World): void {
  const { timeline, conditions } = world;
  const chance = world.chance.branch();
  const every = (mean: number, act: () => void): void => {
    if (mean === Infinity) return;
    const next = (): void => {
      timeline.after(chance.wait(mean), () => {
        if (!world.stormy) return;
        act();
        next();
      });
    };
    next();
  };
  const { traffic, troubles } = conditions;
  every(SECOND / traffic.rate, () => world.send());
  every(traffic.handset, () => world.handsetWrites());

  const { servers } = world.platform;
  const links = () => servers.flatMap(({ sessions }) => [...sessions]);
  const lasting = (least: number, most: number): number => timeline.now + chance.between(least, most) * SECOND;
  let changes = 0;
  const acts: Readonly<Record<keyof Troubles, () => void>> = {
    reset: () => {
      const session = chance.pick(links());
      if (!session) return;
      world.trace(`a connection to ${session.server.name} is reset`);
      session.link.reset();
    },
    black: () => {
      const session = chance.pick(links());
      if (!session) return;
      world.trace(`a connection to ${session.server.name} goes dead`);
      session.link.blackHole(chance.between(10, 90) * SECOND);
    },
    maintenance: () => {
      const server = chance.pick(servers);
      world.trace(`${server.name} is maintained`);
      world.platform.close(server, 'unbind', lasting(2, 40));
    },
    killed: () => {
      const server = chance.pick(servers);
      world.trace(`${server.name} dies`);
      world.platform.close(server, chance.pick(['reset', 'close']), lasting(2, 40));
    },
    platformStall: () => {
      const server = chance.pick(servers);
      server.stalledUntil = lasting(1, 14);
      world.trace(`${server.name} stands still`);
    },
    bindsRefused: () => {
      const server = chance.pick(servers);
      server.refusesBinds = chance.pick([0x05, 0x08, 0x0d, 0x58]);
      world.trace(`${server.name} refuses binds`);
      timeline.at(lasting(5, 40), () => {
        server.refusesBinds = 0;
      });
    },
    limit: () => {
      const server = chance.pick(servers);
      if (server.limit > 0) server.limit = Math.max(1, Math.round(server.limit * chance.between(0.4, 1.5)));
      world.trace(`${server.name} takes ${String(server.limit)} a second`);
    },
    deaf: () => {
      const session = chance.pick(links());
      if (session) session.deaf = true;
    },
    crash: () => {
      world.kill();
      timeline.after(chance.between(0.1, 15) * SECOND, () => {
        if (world.process.dead) world.start();
      });
    },
    restart: () => {
      const { red, process } = world;
      if (process.dead) return;
      world.trace('Node-RED is ended');
      void red.end().then(() => {
        if (process.dead) return;
        world.trace('Node-RED has ended');
        world.books.lives.at(-1)!.to = timeline.now;
        process.kill();
        timeline.after(chance.between(0.1, 5) * SECOND, () => {
          if (world.process.dead) world.start();
        });
      });
    },
    stall: () => {
      world.trace('Node-RED stands still');
      world.process.stall(chance.between(0.3, 12) * SECOND);
    },
    deploy: () => {
      if (world.process.dead) return;
      const kind = chance.pick(['full', 'flows', 'nodes'] as const);
      if (chance.happens(0.5)) changes += 1;
      const name = chance.pick(['main', 'other']);
      world.trace(`a deploy (${kind}), change ${String(changes)}, name ${name}`);
      world.red.deploy(world.flows(name, changes), kind);
    },
    diskBroken: () => {
      world.disk.brokenUntil = lasting(0.01, 8);
      world.trace('the disk fails');
    },
    diskFull: () => {
      world.disk.fullUntil = lasting(0.1, 15);
      world.trace('the disk is full');
    },
    wallClock: () => {
      const jump = chance.pick([-1, 1]) * 10 ** chance.between(1, 9);
      world.wrongBy = chance.happens(0.4) ? 0 : jump;
      world.trace(`the system's clock is wrong by ${String(Math.round(world.wrongBy / SECOND))} s`);
    },
  };
  for (const [name, act] of Object.entries(acts)) every(troubles[name as keyof Troubles], act);
}
