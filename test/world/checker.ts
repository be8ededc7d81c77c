import type { Books, Entry, Incoming, Reported, Told } from './books';
import type { Copy } from './platform';
import { DELIVERED } from './receipts';

/** What the checker has to know of the settings. */
export interface Terms {
  /** PDUs a second to one server; 0 = no limit. */
  readonly throughput: number;
  /** Sessions at a time on one server. */
  readonly sessions: number;
  readonly durable: boolean;
  /** Seconds. */
  readonly receiptWait: number;
  readonly hearsSegments: boolean;
  readonly hearsIncoming: boolean;
}

const SECOND = 1000;
/** Milliseconds in which an answer on its way may still be lost with its link. */
const ON_ITS_WAY = 5000;
/** Milliseconds that a receipt waits for the answer to its submit. */
const EARLY = 10_000;
/** Milliseconds that a submit is on its way at most: the server may stand still meanwhile. */
const LONGEST_WAY = 20_000;
/** Milliseconds that the end of Node-RED may take, a deploy before it included. */
const ENDING = 30_000;
/** Kinds of outcome after which nothing of the message may be on the platform, or the outcome says so. */
const NOT_SENT = ['refused', 'invalid', 'expired', 'overflow', 'failed'];

/** The rules that hold at every moment. */
export class Watch {
  readonly #books: Books;
  readonly #terms: Terms;
  /** Moments of the submits of the last second, by server. */
  readonly #sent = new Map<number, number[]>();

  constructor(books: Books, terms: Terms) {
    this.#books = books;
    this.#terms = terms;
  }

  /** A process has written a submit to this server. */
  submitWritten(port: number, at: number): void {
    const { throughput } = this.#terms;
    if (throughput === 0) return;
    const sent = (this.#sent.get(port) ?? []).filter((moment) => moment > at - SECOND);
    sent.push(at);
    this.#sent.set(port, sent);
    const bornLately = this.#books.lives.some(({ from }) => from > sent[0]! && this.#books.life > 1);
    if (sent.length > throughput && !bornLately) {
      const words = `${String(sent.length)} submits went to port ${String(port)} within a second`;
      this.#books.breach(`no more than ${String(throughput)} submits a second go to a server`, words, null, at);
    }
  }

  /** @param open connections of living processes to one server */
  connections(port: number, open: number, at: number): void {
    if (open <= this.#terms.sessions) return;
    this.#books.breach(
      'no server has more binds than the settings say',
      `${String(open)} to port ${String(port)}`,
      null,
      at,
    );
  }

  submitted(copy: Copy, at: number): void {
    const books = this.#books;
    const entry = books.ofSubmit(copy);
    if (!entry) {
      books.breach('nothing is sent that no flow has given', copy.submit.words.slice(0, 60), null, at);
      return;
    }
    entry.copies.push(copy);
    const told = entry.told.at(-1);
    // One that was sent again may still be on its way when its first answer comes.
    const onItsWay = (told?.possibleDuplicate || told?.kind === 'unknown') && at < told.at + LONGEST_WAY;
    if (told && told.life === books.life && !onItsWay) {
      books.breach('nothing is sent of a message that has ended', `it ended as ${told.kind}`, entry.key, at);
    }
    if (entry.invalid) books.breach('an invalid message is not sent', copy.submit.words.slice(0, 60), entry.key, at);
    this.#staysWith(entry, copy);
  }

  /** A message leaves a server only where that server has refused a part of it, or its link was lost. */
  #staysWith(entry: Entry, copy: Copy): void {
    const before = entry.copies.filter(({ server }) => server !== copy.server);
    const left = before.some(({ status, session }) => status !== 0 || !session.open || session.link.black);
    const { part } = copy.submit;
    const isAgain = entry.copies.some((other) => other !== copy && other.submit.part?.number === part?.number);
    if (before.length === 0 || left || isAgain || this.#books.life > 1) return;
    const words = `${before[0]!.server.name} and ${copy.server.name}`;
    this.#books.breach('the parts of a message go to one server', words, entry.key, copy.at);
  }

  /** A flow has heard an outcome. */
  told(entry: Entry | undefined, told: Told): void {
    const books = this.#books;
    if (!entry) {
      books.breach('no outcome comes out of nothing', `${told.kind} of ${told.id}`, null, told.at);
      return;
    }
    const before = entry.told.at(-1);
    entry.told.push(told);
    if (!before) books.open -= 1;
    else if (before.life === told.life && !this.#diskFailed(before.at, told.at)) {
      books.breach('an outcome is told once', `${before.kind}, then ${told.kind}`, entry.key, told.at);
    } else this.#toldAgain(entry, before, told);
    this.#agrees(entry, told);
  }

  /** A process may have died before it had noted that a flow was told. A disk that failed noted nothing. */
  #toldAgain({ key }: Entry, before: Told, { kind, warnings, at }: Told): void {
    const books = this.#books;
    const { killed, to } = books.lives[before.life - 1]!;
    if (this.#diskFailed(before.at, to)) return;
    if (!killed)
      books.breach('an outcome is told again only where the process died', `${before.kind}, ${kind}`, key, at);
    if (before.kind !== kind) {
      books.breach('an outcome that is told again is the same', `${before.kind}, then ${kind}`, key, at);
    }
    if (warnings.length === 0) books.breach('what may be told twice says so in its warnings', kind, key, at);
  }

  #diskFailed(from: number, to: number): boolean {
    return this.#books.diskFailures.some((moment) => moment >= from - SECOND && moment <= to);
  }

  /** Holds an outcome against what the platform has. */
  #agrees(entry: Entry, told: Told): void {
    const { kind, possibleDuplicate, at } = told;
    const books = this.#books;
    const { whole, most, some } = taken(entry);
    if (kind === 'accepted' && !whole) {
      books.breach('what is accepted is on the platform', 'the platform lacks it, or a part of it', entry.key, at);
    }
    if (kind === 'accepted' && most > 1 && !possibleDuplicate) {
      books.breach('what may be there twice is marked', `the platform took it ${String(most)} times`, entry.key, at);
    }
    const saysSo = possibleDuplicate || told.messageIds.length > 0;
    if (NOT_SENT.includes(kind) && some && !saysSo) {
      books.breach('what was not sent is not on the platform, or the outcome says so', kind, entry.key, at);
    }
    if (entry.invalid !== (kind === 'invalid')) {
      books.breach('exactly what is invalid is called so', `${kind} ${told.code ?? ''}`, entry.key, at);
    }
  }

  reported(entry: Entry, reported: Reported): void {
    const books = this.#books;
    const { scope, state, at } = reported;
    const same = entry.reported.filter((other) => other.scope === scope && other.segment === reported.segment);
    entry.reported.push(reported);
    const finals = entry.receipts.filter(({ brought }) => brought > 0);
    if (same.some((other) => other.life === reported.life && other.state === state)) {
      books.breach('a report is told once', `${scope} ${state}`, entry.key, at);
    }
    if (finals.length === 0) {
      books.breach('no report comes before a receipt', `${scope} ${state}`, entry.key, at);
    } else if (scope === 'segment' && !finals.some((receipt) => receipt.state === state)) {
      books.breach(
        'a report has the state of its receipt',
        `${state}, not ${finals.map((one) => one.state).join(' or ')}`,
        entry.key,
        at,
      );
    } else if (scope === 'message' && state === DELIVERED && !finals.some((receipt) => receipt.state === DELIVERED)) {
      books.breach(
        'nothing is reported as delivered that was not',
        finals.map((one) => one.state).join(', '),
        entry.key,
        at,
      );
    }
    if (entry.told.length === 0 && entry.life === books.life && (scope === 'message' || partsOf(entry) === 1)) {
      books.breach('a flow hears of a message before it hears of its receipt', `${scope} ${state}`, entry.key, at);
    }
  }

  incoming(incoming: Incoming | undefined, text: string, at: number): void {
    const books = this.#books;
    if (!incoming) {
      books.breach('no incoming message comes out of nothing', text.slice(0, 60), null, at);
      return;
    }
    const { parts, heard, tag } = incoming;
    const brought = Math.min(...parts.map((part) => part.brought));
    if (brought === 0) books.breach('an incoming message is whole', `${String(parts.length)} parts`, tag, at);
    if (heard.length >= Math.max(...parts.map((part) => part.brought))) {
      books.breach('an incoming message is told once', `${String(heard.length + 1)} times`, tag, at);
    }
    const missing = parts.findIndex(({ part }) => !text.includes(`${tag} part ${String(part)} of`));
    if (missing >= 0) books.breach('an incoming message is whole', `part ${String(missing + 1)} is missing`, tag, at);
    heard.push({ at, life: books.life, text });
  }
}

/** The rules that hold once everything has come to rest. */
export function checkAtRest(books: Books, terms: Terms, now: number): void {
  for (const entry of books.entries.values()) {
    checkEnded(books, terms, entry, now);
    checkReports(books, terms, entry, now);
  }
  for (const incoming of books.incoming.values()) {
    const { parts, heard, tag } = incoming;
    const safe = parts.every((part) => part.taken > 0);
    if (!terms.hearsIncoming || !safe || heard.length > 0 || (!terms.durable && books.lives.length > 1)) continue;
    books.breach('an incoming message that was taken is told', `${String(parts.length)} parts`, tag, now);
  }
}

function checkEnded(books: Books, terms: Terms, entry: Entry, now: number): void {
  const { killed, to } = books.lives[entry.life - 1]!;
  const ended = to < Infinity;
  // What a flow gives while Node-RED ends, or its disk fails, is in memory alone; the log names it.
  const late =
    ended && (to - entry.givenAt < ENDING || books.diskFailures.some((at) => at >= entry.givenAt && at <= to));
  const safe = terms.durable ? entry.durableAt !== null || (!killed && !late) : !ended;
  if (entry.told.length === 0 && safe) {
    books.breach('every message has an outcome', `none, ${String(entry.copies.length)} submits`, entry.key, now);
  }
  const last = entry.told.at(-1);
  if (last?.kind === 'accepted' && taken(entry).most > 1 && !last.possibleDuplicate) {
    books.breach('what may be there twice is marked', 'in the end', entry.key, now);
  }
}

/** Every receipt that was taken has come to the flow, unless something is known that excuses it. */
function checkReports(books: Books, terms: Terms, entry: Entry, now: number): void {
  const accepted = entry.told.some(({ kind }) => kind === 'accepted');
  if (!accepted) return;
  // Where the answer was lost, or the process died with it, nobody can know the message id.
  const known = entry.copies.filter((copy) => copy.id !== null && answerArrived(books, copy));
  const parts = partsOf(entry);
  if (entry.copies.filter(({ id }) => id !== null).length > parts || known.length < parts) return;
  if (!entry.receipts.some(({ taken: times }) => times > 0)) return;
  if (!terms.durable && books.lives.some(({ to }) => to > entry.givenAt && to < Infinity)) return;
  // A receipt that comes before the answer to its submit waits for it, but not for ever.
  const heard = entry.told[0]!.at;
  if (entry.receipts.some(({ copy, takenAt }) => takenAt !== null && takenAt < heard && takenAt >= copy.at + EARLY))
    return;
  const message = entry.reported.filter(({ scope }) => scope === 'message');
  if (message.length === 0) {
    books.breach('each receipt that was taken is reported', 'no report of the message', entry.key, now);
    return;
  }
  const { at } = message.at(-1)!;
  const whole =
    entry.receipts.length >= parts && entry.receipts.every(({ takenAt }) => takenAt !== null && takenAt <= at);
  const failed = entry.receipts.some(({ state }) => state !== DELIVERED);
  const state = message.at(-1)!.state;
  if (whole && failed !== (state !== DELIVERED)) {
    const states = entry.receipts.map((receipt) => receipt.state).join(', ');
    books.breach('a report has the state of its receipts', `${state} after ${states}`, entry.key, now);
  }
  if (!terms.hearsSegments) return;
  for (const { state: one, copy, taken: times } of entry.receipts) {
    if (times === 0) continue;
    const number = copy.submit.part?.number ?? 1;
    const heard = entry.reported.some(
      (report) => report.scope === 'segment' && report.segment === number && report.state === one,
    );
    if (!heard)
      books.breach('each receipt that was taken is reported', `segment ${String(number)}: ${one}`, entry.key, now);
  }
}

function answerArrived(books: Books, { answeredAt, session, at }: Copy): boolean {
  if (answeredAt === null) return false;
  if (session.endedAt !== null && session.endedAt < answeredAt + ON_ITS_WAY) return false;
  if (session.link.black && session.endedAt === null) return false;
  return !books.lives.some(({ killed, to }) => killed && to >= at && to <= answeredAt + ON_ITS_WAY);
}

function partsOf({ copies }: Entry): number {
  return copies[0]?.submit.part?.total ?? 1;
}

/** What the platform took of a message: all parts at least once; the part that it took most often; any part at all. */
function taken(entry: Entry): { readonly whole: boolean; readonly most: number; readonly some: boolean } {
  const counts = new Map<number, number>();
  for (const { status, submit } of entry.copies) {
    const number = submit.part?.number ?? 1;
    if (status === 0) counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  return {
    whole: entry.copies.length > 0 && counts.size === partsOf(entry),
    most: Math.max(0, ...counts.values()),
    some: counts.size > 0,
  };
}
