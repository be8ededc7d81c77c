import { SmppError } from '../base/errors';
import { COMMAND_TIMEOUT, CONNECTION_LOST, connectionWords } from './client';

const NO_ANSWER = `no answer in ${String(COMMAND_TIMEOUT / 1000)} s`;

/** Errors of ioredis and Redis after which another connection, perhaps to another server, is needed. */
const LOST = new RegExp(
  `^(${NO_ANSWER}|${CONNECTION_LOST}|Reached the max retries|Command aborted|connect |read |write ` +
    '|Failed to refresh|None of startup|Too many Cluster redirections|READONLY|CLUSTERDOWN|MASTERDOWN|UNBLOCKED)' +
    '|ECONN|EPIPE|ETIMEDOUT|WAIT cannot be used with replica',
);
/** Errors of Redis that pass by themselves. */
const NOT_NOW = /^(LOADING|TRYAGAIN|MISCONF|NOREPLICAS|BUSY)/;

/** True for SMPP_STORE_UNAVAILABLE. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof SmppError && error.code === 'SMPP_STORE_UNAVAILABLE';
}

/** True for an error that is worth another try. The connection has reported it already. */
export function passes(error: unknown): boolean {
  return isUnavailable(error) || (error instanceof SmppError && error.code === 'SMPP_STORE_FULL');
}

export function closed(): SmppError {
  return new SmppError('SMPP_STORE_CLOSED', 'The store is closed');
}

/** An error of ioredis or Redis in words. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === 'Command timed out' ? NO_ANSWER : connectionWords(error);
}

/**
 * The error for a login that Redis will refuse again; null where the text says something else.
 * @param text as `wordsOf` gives it
 */
export function refusedLogin(text: string): SmppError | null {
  // A sentinel that asks for a login gets it with the next try.
  if (!/WRONGPASS|NOPERM|NOAUTH|ERR invalid password|ERR AUTH/.test(text) || /sentinel.*NOAUTH/.test(text)) return null;
  return new SmppError(
    'SMPP_STORE_UNAVAILABLE',
    `Redis refuses the login: check the Redis user and password of the pool (${text})`,
  );
}

/** True where another connection, perhaps to another server, is needed. @param text as `wordsOf` gives it */
export function meansLost(text: string): boolean {
  return LOST.test(text);
}

/**
 * The error for a refusal that passes: SMPP_STORE_FULL or SMPP_STORE_UNAVAILABLE; null for any other.
 * @param text as `wordsOf` gives it
 */
export function passingRefusal(text: string): SmppError | null {
  if (text.startsWith('OOM')) {
    return new SmppError('SMPP_STORE_FULL', 'The memory of Redis is full. What is stored already is safe');
  }
  return NOT_NOW.test(text) ? new SmppError('SMPP_STORE_UNAVAILABLE', `Redis cannot do it now: ${text}`) : null;
}
