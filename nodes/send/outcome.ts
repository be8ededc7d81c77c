import type { Clock } from '../../src/base/clock';
import { SmppError } from '../../src/base/errors';
import type { Outcome, OutcomeError } from '../../src/store/outcome';

/**
 * `msg.smpp` of a message that leaves smpp-send; in the order in which a folded line of the debug sidebar tells the story.
 * @param clock in whose time the outcome tells its moments
 */
export function smppReport(outcome: Outcome, clock: Clock): Readonly<Record<string, unknown>> {
  return {
    outcome: outcome.kind,
    to: outcome.to,
    segments: outcome.segments,
    encoding: outcome.encoding,
    // Of the segments the platform has accepted; some platforms give none.
    messageIds: outcome.messageIds.filter((id) => id),
    id: outcome.id,
    server: outcome.server,
    from: outcome.from,
    dataCoding: outcome.dataCoding,
    attempts: outcome.attempts,
    possibleDuplicate: outcome.possibleDuplicate,
    // The recipients of one message share a list, and the flow may change its own.
    warnings: [...outcome.warnings],
    queuedAt: iso(outcome.queuedAt, clock),
    submittedAt: iso(outcome.submittedAt, clock),
    answeredAt: iso(outcome.answeredAt, clock),
  };
}

/** What Catch nodes get: `code` and `cause` become `msg.error.code` and `msg.error.cause`. */
export function flowError({ code, message, cause }: OutcomeError): SmppError {
  return new FlowError(code, message, cause && { cause });
}

/** Node-RED gives Catch nodes what `toString` says as `msg.error.message`, and the class's name is no part of the sentence. */
class FlowError extends SmppError {
  override toString(): string {
    return this.message;
  }
}

/** Texts of the last milliseconds: under load many messages share them, and writing one takes many times as long as looking it up. */
const REMEMBERED = 256;
const times: number[] = new Array<number>(REMEMBERED).fill(NaN);
const texts: string[] = new Array<string>(REMEMBERED).fill('');

function iso(moment: number | null, clock: Clock): string | null {
  if (moment === null) return null;
  const millisecond = Math.floor(clock.wallOf(moment));
  const place = Math.abs(millisecond % REMEMBERED);
  if (times[place] !== millisecond) {
    texts[place] = new Date(millisecond).toISOString();
    times[place] = millisecond;
  }
  return texts[place]!;
}
