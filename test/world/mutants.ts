import type { Patch } from './program';

/** A deliberate fault: the checker has to find it. */
export interface Mutant extends Patch {
  readonly name: string;
  /** A world in which it shows, three minutes long. */
  readonly seed: number;
}

/** Faults of the kinds that have been made, or nearly, each in one place of the source. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a segment to be sent again is not put back in line',
    file: 'src/pool/outbound.ts',
    from: "else if (step === 'again') this.#backlog.giveBack(item);",
    to: "else if (step === 'again') return;",
    seed: 2,
  },
  {
    name: 'an outcome after a lost link is never settled',
    file: 'src/pool/outbound.ts',
    from: "if (step === 'end') this.#endIfSettled(leased);\n    else if (step === 'leave')",
    to: "if (step === 'end') { if (item.losses === 0) this.#endIfSettled(leased); }\n    else if (step === 'leave')",
    seed: 3,
  },
  {
    name: 'an outcome that did not arrive is told twice',
    file: 'src/pool/outcome-mailbox.ts',
    from: 'if (handler) handedOver = handler(outcome);',
    to: 'if (handler) { handedOver = handler(outcome); if (outcome.attempts > 1) handedOver = handler(outcome); }',
    seed: 1,
  },
  {
    name: 'a told outcome is not marked as told',
    file: 'src/pool/outcome-mailbox.ts',
    from: 'if (!stored) return;\n    const told',
    to: 'if (!stored || outcome.possibleDuplicate) return;\n    const told',
    seed: 8,
  },
  {
    name: 'the budget is one too high',
    file: 'src/account/budget.ts',
    from: 'this.#pace = new EvenPace(Math.floor(throughput));',
    to: 'this.#pace = new EvenPace(Math.floor(throughput) + 1); (this as any).throughput = throughput + 1;',
    seed: 2,
  },
  {
    name: 'a segment that is sent again after a lost link is not marked',
    file: 'src/pool/message-state.ts',
    from: "leased.message.possibleDuplicate = true;\n  return 'again';\n}\n\n/** The process died",
    to: "return 'again';\n}\n\n/** The process died",
    seed: 2,
  },
  {
    name: 'a message of a process that died is not marked',
    file: 'src/pool/message-state.ts',
    from: "leased.message.possibleDuplicate = true;\n  return 'again';\n}\n\nexport function expire",
    to: "return 'again';\n}\n\nexport function expire",
    seed: 11,
  },
  {
    name: 'a lease is not written to the disk',
    file: 'src/store/disk/outbox.ts',
    from: 'for (const { id } of messages) rows.setLeased(this.#busy.get(id)!, true);',
    to: '',
    seed: 9,
  },
  {
    name: 'facts of a failed transaction are forgotten',
    file: 'src/store/disk/group-commit.ts',
    from: 'if (keep) this.#kept.set(nameOf(write), write);',
    to: 'if (keep && write.to !== "progress") this.#kept.set(nameOf(write), write);',
    seed: 31,
  },
  {
    name: 'outcomes of a failed transaction are forgotten',
    file: 'src/store/disk/outcomes.ts',
    from: 'this.#settling = [...groups, ...this.#settling];',
    to: '',
    seed: 31,
  },
  {
    name: 'a receipt is answered before it is stored',
    file: 'src/pool/inbound.ts',
    from: 'this.#order.stored(work.length === 1 ? work[0]! : Promise.all(work), waiting.answer);',
    to: 'waiting.answer(ESME_ROK); if (work.length < 2) this.#order.stored(work[0]!, () => undefined);',
    seed: 1,
  },
  {
    name: 'a repeated receipt is reported again',
    file: 'src/pool/segment-receipts.ts',
    from: 'if (before && sameStatus(before, receipt)) return null;',
    to: '',
    seed: 1,
  },
  {
    name: 'a receipt that waits for its answer is forgotten',
    file: 'src/pool/early-receipts.ts',
    from: 'if (this.#waiting.size === 0) return;\n',
    to: 'if (this.#waiting.size < 2) return;\n',
    seed: 57,
  },
  {
    name: 'the messages of a lost bind stay there',
    file: 'src/pool/dispatch.ts',
    from: 'if (bind.followers.segments > 0 && !bind.isBound) {',
    to: 'if (bind.followers.segments > 1 && !bind.isBound) {',
    seed: 81,
  },
  {
    name: 'a bind is not made again after maintenance',
    file: 'src/pool/bind.ts',
    from: "this.#attemptAfter(retryDelay(kind, this.#failures, Math.random()), 'waiting');",
    to: "if (kind !== 'maintenance') this.#attemptAfter(retryDelay(kind, this.#failures, Math.random()), 'waiting');",
    seed: 1,
  },
  {
    name: 'an overdue submit keeps its place in the window',
    file: 'src/smpp/session.ts',
    from: 'for (const pending of overdue) {\n      this.#pending.remove(pending);',
    to: 'for (const pending of overdue) {\n      pending.at = Infinity;',
    seed: 7,
  },
  {
    name: 'a closing pool keeps what it has leased',
    file: 'src/pool/outbound.ts',
    from: 'await Promise.all(returning.map(({ message }) => this.#report(this.#store.release(message))));',
    to: '',
    seed: 20,
  },
  {
    name: 'a message expires though a submit of it is unanswered',
    file: 'src/pool/outbound.ts',
    from: 'if (leased.queued && leased.message.expiresAt <= now) this.#expire(leased);',
    to: 'if (!leased.ended && leased.message.expiresAt <= now) { leased.inFlight = 0; this.#expire(leased); }',
    seed: 81,
  },
  {
    name: 'the result of a long message is told before its outcome',
    file: 'src/pool/inbound.ts',
    from: 'if (this.#services.isUnderWay(sent.id) || this.#services.settled(sent.id)) return null;',
    to: '',
    seed: 22,
  },
  {
    name: 'a part of a long incoming message is not kept',
    file: 'src/store/disk/disk-store.ts',
    from: 'await commit.attempt([head, ...withoutParts(key, gone), ...parts, ...writes], () => {',
    to: 'await commit.attempt([head, ...withoutParts(key, gone), ...writes], () => {',
    seed: 8,
  },
];
