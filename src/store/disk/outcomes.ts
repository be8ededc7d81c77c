import { ignoreFailure } from '../../base/background';
import { messageOf, outcomeRecord, toOutcome } from '../records';
import type { Outcome } from '../outcome';
import { TOLD_BEFORE } from '../store';
import type { GroupCommit } from './group-commit';
import type { Outbox } from './outbox';
import { numberOf, type Entry, type OutcomeEnd, type OutcomeGroup } from './outbox-row';
import type { OutboxRows } from './outbox-rows';
import { storeError } from './store-error';
import { remove, type StoreFile, type Write } from './store-file';

/** Outcomes that no flow has heard of. All outcomes of one transaction are one record on the disk. */
export class Outcomes {
  readonly #file: StoreFile;
  readonly #outbox: Outbox;
  readonly #rows: OutboxRows;
  readonly #commit: GroupCommit;
  /** Groups that are in no transaction yet; more than one where a transaction failed. */
  #settling: OutcomeGroup[] = [];
  /** Messages that never were in the outbox but have an outcome, and are in no transaction yet. */
  #strangers: Entry[] = [];
  /** Entries of outcomes that an earlier process left. Their messages are read when `untold` is called. */
  #found: Entry[] = [];
  #nextGroup = 1;

  constructor(file: StoreFile, outbox: Outbox, rows: OutboxRows, commit: GroupCommit) {
    this.#file = file;
    this.#outbox = outbox;
    this.#rows = rows;
    this.#commit = commit;
  }

  /** Loads what an earlier process left, including the outbox. */
  load(): void {
    const groups = Array.from(this.#file.range('outcomes'), ({ key, value }) => ({
      key,
      records: [...value],
      untold: 0,
    }));
    const ends = new Map<number, OutcomeEnd>();
    for (const group of groups) for (const record of group.records) ends.set(record[0], { group, record });
    this.#found = this.#outbox.load(ends);
    for (const { end } of this.#found) end!.group.untold += 1;
    for (const { key, untold } of groups) {
      this.#nextGroup = key + 1;
      if (untold === 0) ignoreFailure(this.#commit.change(remove('outcomes', key)), 'the commit logs its failures');
    }
  }

  settle(outcome: Outcome): Promise<undefined> {
    // A second call, after the transaction failed: the next transaction brings the outcome that is kept.
    if (this.#outbox.ended(outcome.id)) return this.#commit.change() as Promise<undefined>;
    try {
      const entry = this.#outbox.leased(outcome.id) ?? this.#stranger(outcome);
      const group = this.#settling.at(-1) ?? this.#begin();
      const record = outcomeRecord(numberOf(entry), outcome);
      group.records.push(record);
      group.untold += 1;
      entry.end = { group, record };
    } catch (error) {
      return Promise.reject(storeError(error));
    }
    return this.#commit.change() as Promise<undefined>;
  }

  async untold(): Promise<readonly Outcome[]> {
    await this.#commit.idle();
    const found = this.#found;
    const ended = this.#outbox.allEnded();
    this.#found = [];
    // A process that died may have told an outcome without having noted it.
    const left = found.flatMap((entry) => this.#outcome(entry));
    return [
      ...(this.#file.closedWell ? left : left.map(toldBefore)),
      ...ended.flatMap((entry) => this.#outcome(entry)),
    ];
  }

  /** The outcome of an entry; none where its message cannot be read. */
  #outcome(entry: Entry): Outcome[] {
    const message = entry.message ?? this.#outbox.read(entry);
    if (!message) return [];
    this.#outbox.hold(message.id, entry);
    return [toOutcome(entry.end!.record, message)];
  }

  told(id: string): Promise<void> {
    const entry = this.#outbox.ended(id);
    if (!entry) return Promise.resolve();
    const { group } = entry.end!;
    this.#outbox.letGo(id);
    group.untold -= 1;
    this.#rows.setTold(entry);
    const removed: Write[] = [];
    if (entry.progressed) removed.push(remove('progress', numberOf(entry)));
    if (group.untold === 0) removed.push(remove('outcomes', group.key));
    return this.#commit.change(...removed);
  }

  contribution() {
    const strangers = this.#strangers;
    this.#strangers = [];
    // Groups whose outcomes were all told before they could be stored are not needed.
    const groups = this.#settling.filter(({ untold }) => untold > 0);
    this.#settling = [];
    return {
      changes: () => [
        ...strangers.flatMap((entry) => this.#outbox.rowWrites([entry])),
        ...groups.map(({ key, records }) => this.#file.put('outcomes', key, records)),
      ],
      changed: (stored: boolean) => {
        if (stored) {
          for (const entry of strangers) {
            entry.record = null;
            entry.message = null;
          }
          this.#rows.stored(strangers);
        } else {
          this.#strangers = [...strangers, ...this.#strangers];
          this.#settling = [...groups, ...this.#settling];
        }
      },
    };
  }

  #begin(): OutcomeGroup {
    const group: OutcomeGroup = { key: this.#nextGroup++, records: [], untold: 0 };
    this.#settling.push(group);
    return group;
  }

  /** The entry of an outcome whose message never was in the outbox: the message is stored in a row, like any other. */
  #stranger(outcome: Outcome): Entry {
    const entry = this.#outbox.newEntry(messageOf(outcome));
    this.#rows.enter([entry]);
    this.#strangers.push(entry);
    this.#outbox.hold(outcome.id, entry);
    return entry;
  }
}

function toldBefore(outcome: Outcome): Outcome {
  return { ...outcome, warnings: [...outcome.warnings, TOLD_BEFORE] };
}
