import type { Clock } from '../../src/base/clock';
import { SmppError } from '../../src/base/errors';
import type { Outcome, OutcomeError } from '../../src/store/outcome';

/**
 * `msg.smpp` of a message that leaves smpp-send. A folded line of the debug sidebar shows the first properties, so what
 * matters most comes first. Times are ISO 8601 texts, or null.
 * @param clock the clock that the outcome's times belong to
 */
export function smppReport(outcome: Outcome, clock: Clock): Readonly<Record<string, unknown>> {
  return {
    outcome: outcome.kind,
    to: outcome.to,
    segments: outcome.segments,
    encoding: outcome.encoding,
    // One id for each segment that the platform has accepted; some platforms give none.
    messageIds: outcome.messageIds.filter((id) => id),
    id: outcome.id,
    server: outcome.server,
    from: outcome.from,
    dataCoding: outcome.dataCoding,
    attempts: outcome.attempts,
    possibleDuplicate: outcome.possibleDuplicate,
    // A copy: the recipients of one message share the list of warnings, and the flow may change its message.
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

/** Without a stack: a Catch node would get it, and it leads into this package, not to what was wrong with a message. */
class FlowError extends SmppError {
  constructor(...about: ConstructorParameters<typeof SmppError>) {
    super(...about);
    Reflect.deleteProperty(this, 'stack');
  }
}

/** Milliseconds whose text is kept. Under load many messages share one, and a look-up is many times faster. */
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
