import { Chance } from './chance';
import type { DiskMood } from './disk/disk';
import type { NetworkMood } from './network';
import type { PlatformOdds } from './platform';
import type { ReceiptOdds } from './receipts';

/** Milliseconds between two of these troubles on average; Infinity where a world does not have them. */
export interface Troubles {
  /** A connection is reset. */
  readonly reset: number;
  /** A connection goes dead without a word. */
  readonly black: number;
  readonly maintenance: number;
  /** A server is gone without an unbind. */
  readonly killed: number;
  /** A server stands still. */
  readonly platformStall: number;
  readonly bindsRefused: number;
  /** The true limit of a server changes. */
  readonly limit: number;
  readonly deaf: number;
  readonly crash: number;
  readonly restart: number;
  /** The process stands still. */
  readonly stall: number;
  readonly deploy: number;
  readonly diskBroken: number;
  readonly diskFull: number;
  readonly wallClock: number;
}

/** How much is sent, a second on average, and of what kind. */
export interface Traffic {
  readonly rate: number;
  readonly burst: number;
  readonly long: number;
  readonly unicode: number;
  readonly invalid: number;
  readonly list: number;
  readonly urgent: number;
  readonly expiring: number;
  /** Milliseconds between two messages of handsets. */
  readonly handset: number;
}

/** Everything that is drawn for one world. */
export interface Conditions {
  readonly pool: Readonly<Record<string, unknown>>;
  readonly servers: number;
  readonly sendFails: 'catch' | 'output';
  /** Whether a second node listens, for the receipts of single segments. */
  readonly hearsSegments: boolean;
  readonly network: NetworkMood;
  readonly platform: PlatformOdds;
  readonly receipts: ReceiptOdds;
  readonly disk: DiskMood;
  readonly troubles: Troubles;
  readonly traffic: Traffic;
}

export const PROFILES = ['calm', 'mixed', 'maintenance', 'crash-storm', 'slow-platform', 'wrong-clock'] as const;
export type Profile = (typeof PROFILES)[number];

const MINUTE = 60_000;

/** How likely a world of this profile has a kind of trouble, where that differs from the others. */
const LIKELY: Readonly<Record<Profile, Partial<Record<keyof Troubles, number>>>> = {
  calm: {},
  mixed: {},
  maintenance: { maintenance: 1, killed: 0.8, bindsRefused: 0.7, deploy: 0.5 },
  'crash-storm': { crash: 1, restart: 0.7, diskBroken: 0.6, diskFull: 0.4, reset: 0.6 },
  'slow-platform': { platformStall: 1, stall: 0.7, limit: 0.8, black: 0.6 },
  'wrong-clock': { wallClock: 1, restart: 0.8, crash: 0.6 },
};

/** The profile of a seed that names none. */
export function profileOf(seed: number): Profile {
  return PROFILES[seed % PROFILES.length]!;
}

/** Draws a world: which troubles exist, and how often they come. */
export function draw(seed: number, profile: Profile): Conditions {
  const chance = new Chance(seed);
  const calm = profile === 'calm';
  const trouble = (name: keyof Troubles, mean: number): number => {
    const likely = LIKELY[profile][name] ?? (calm ? 0 : 0.3);
    return chance.happens(likely) ? mean * chance.between(0.5, 2) : Infinity;
  };
  /** A probability that is zero in half of the worlds. */
  const odds = (most: number): number => (calm || chance.happens(0.5) ? 0 : chance.between(0, most));
  const responseTimeout = chance.whole(10, 30);
  const slow = profile === 'slow-platform';
  const answer = slow ? [200, chance.between(500, 4000)] : [1, chance.between(5, 300)];
  const throughput = chance.pick([0, 10, 25, 50, 50]);
  const servers = chance.whole(1, 3);
  const binds = chance.whole(1, 3);
  const bindMode = chance.happens(0.8) ? 'transceiver' : 'transmitter-receiver';
  return {
    pool: {
      ...{ servers: [], binds, throughput, bindMode, responseTimeout, from: 'ALERTS' },
      window: chance.whole(2, 20),
      enquireLink: chance.whole(5, 60),
      store: chance.happens(profile === 'crash-storm' || profile === 'wrong-clock' ? 0.9 : 0.6) ? 'disk' : 'memory',
      onLinkLoss: chance.happens(0.75) ? 'resend' : 'fail',
      receiptWait: chance.whole(20, 60),
      keepOnDeploy: chance.happens(0.8),
      queueLimit: chance.happens(0.9) ? 100_000 : chance.whole(20, 200),
    },
    servers,
    sendFails: chance.pick(['catch', 'output']),
    hearsSegments: chance.happens(0.4),
    network: { delay: chance.between(0.2, 80), jitter: chance.between(0, 40), split: odds(0.3) },
    platform: {
      answer: answer as [number, number],
      lost: odds(0.01),
      late: odds(0.01),
      lateBy: responseTimeout * 1000,
      twice: odds(0.02),
      refused: [
        [0x58, odds(0.05)],
        [0x14, odds(0.02)],
        [0x08, odds(0.03)],
        [0x45, odds(0.02)],
        [0x0b, odds(0.02)],
        [0xfe, odds(0.01)],
        [0x0400, odds(0.01)],
      ],
      bindRefused: odds(0.2),
    },
    receipts: {
      delay: [chance.between(100, 2000), chance.between(2000, 20_000)],
      ...{ early: odds(0.2), twice: odds(0.1), missing: odds(0.05), interim: odds(0.3), failing: odds(0.3) },
      idForm: chance.pick(['same', 'upper', 'decimal', 'short']),
      shape: chance.pick(['text', 'both', 'tlv']),
      home: chance.happens(0.3),
    },
    disk: { commit: [chance.between(0.5, 3), chance.between(3, 25)], failing: odds(0.02) },
    troubles: {
      reset: trouble('reset', 0.5 * MINUTE),
      black: trouble('black', 1 * MINUTE),
      maintenance: trouble('maintenance', 1 * MINUTE),
      killed: trouble('killed', 1.5 * MINUTE),
      platformStall: trouble('platformStall', 1 * MINUTE),
      bindsRefused: trouble('bindsRefused', 1.5 * MINUTE),
      limit: trouble('limit', 1 * MINUTE),
      deaf: trouble('deaf', 1.5 * MINUTE),
      crash: trouble('crash', 0.6 * MINUTE),
      restart: trouble('restart', 1 * MINUTE),
      stall: trouble('stall', 1 * MINUTE),
      deploy: trouble('deploy', 0.5 * MINUTE),
      diskBroken: trouble('diskBroken', 1 * MINUTE),
      diskFull: trouble('diskFull', 1 * MINUTE),
      wallClock: trouble('wallClock', 1 * MINUTE),
    },
    traffic: {
      rate: chance.happens(0.2) ? chance.between(8, 50) : chance.between(0.5, 6),
      burst: odds(0.005),
      long: odds(0.2),
      unicode: odds(0.2),
      invalid: odds(0.05),
      list: odds(0.05),
      urgent: odds(0.2),
      expiring: odds(0.1),
      handset: chance.happens(0.5) ? 4000 : Infinity,
    },
  };
}
