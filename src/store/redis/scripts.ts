import { join } from 'node:path';
import { scriptFrom, type Script } from '../../redis/script';

/** A script of the store; each file says in its head what it takes and returns. */
function of(...names: readonly string[]): Script {
  return scriptFrom(...['check', ...names].map((name) => join(__dirname, 'lua', `${name}.lua`)));
}

/** The scripts of the store. Every key that one touches is passed to it, and all keys of a pool are in one slot. */
export const SCRIPTS = {
  enqueue: of('lanes', 'enqueue'),
  lease: of('lanes', 'lease'),
  expire: of('lanes', 'expire'),
  release: of('lanes', 'release'),
  progress: of('lanes', 'progress'),
  renew: of('lanes', 'renew'),
  count: of('lanes', 'count'),
  settle: of('lanes', 'sent-record', 'settle'),
  takeUp: of('take-up'),
  takeOver: of('take-over'),
  saveSent: of('sent-record', 'save-sent'),
  findSent: of('find-sent'),
  sentByTime: of('sent-by-time'),
  forgetSent: of('forget-sent'),
  takeOverParked: of('take-over-parked'),
  savePartial: of('partial', 'save-partial'),
  duePartials: of('partial', 'due-partials'),
  forgetPartial: of('partial', 'forget-partial'),
  signOfLife: of('sign-of-life'),
  forgetInstance: of('forget-instance'),
  repairLane: of('repair-lane'),
  findGone: of('lanes', 'find-gone'),
} as const;
