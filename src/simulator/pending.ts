import type { Account } from './account';
import type { Magic } from './magic';
import type { Address, MessageRequest } from './message-request';
import type { Segment } from './messages';
import { REMEMBERED } from './messages';
import { STATUS } from './status';
import { fitsOneSms, serviceType, withText, type Submit } from './submit';

/** One accepted segment, until its fate is reported and a while after. */
export interface PendingSegment {
  readonly account: Account;
  readonly segment: Segment;
  readonly magic: Magic | null;
  /** True once its final state is decided, or it was cancelled: nothing can be asked or changed any more. */
  settled: boolean;
}

/**
 * The accepted segments by their ids: what query_sm, cancel_sm and replace_sm work on (SMPP 3.4 sections 4.8 to 4.10).
 * Settled ones are kept to tell them from ids that never were; beyond REMEMBERED the oldest are dropped.
 */
export class PendingSegments {
  readonly #byId = new Map<string, PendingSegment>();

  add(account: Account, segment: Segment, magic: Magic | null): PendingSegment {
    const pending = { account, segment, magic, settled: false };
    this.#byId.set(segment.messageId, pending);
    if (this.#byId.size > REMEMBERED) this.#byId.delete(this.#byId.keys().next().value!);
    return pending;
  }

  clear(): void {
    this.#byId.clear();
  }

  /** command_status for a query_sm; where it is 0 the segment is on its way. */
  query(account: Account, request: MessageRequest): number {
    return this.#one(account, request, STATUS.queryFailed).status;
  }

  /** command_status for a cancel_sm, and the segments that it ended. */
  cancel(
    account: Account,
    request: Extract<MessageRequest, { kind: 'cancel' }>,
  ): { readonly status: number; readonly cancelled: readonly PendingSegment[] } {
    if (request.messageId === '') return this.#cancelAll(account, request);
    const { status, pending } = this.#one(account, request, STATUS.cancelFailed);
    if (!pending) return { status, cancelled: [] };
    const { addr } = request.destination;
    if (addr !== '' && addr !== pending.segment.submit.to) return { status: STATUS.cancelFailed, cancelled: [] };
    pending.settled = true;
    return { status: STATUS.ok, cancelled: [pending] };
  }

  /** command_status for a replace_sm. The text keeps its data_coding: the PDU has no field for another. */
  replace(account: Account, request: Extract<MessageRequest, { kind: 'replace' }>): number {
    const { status, pending } = this.#one(account, request, STATUS.replaceFailed);
    if (!pending) return status;
    const { segment } = pending;
    const { submit } = segment;
    // What has a user data header would lose it, and what is a part would no longer fit the others.
    if (submit.headerLength > 0 || submit.concatenation) return STATUS.replaceFailed;
    if (!fitsOneSms(submit.alphabet, request.text.length, 0)) return STATUS.messageLength;
    segment.submit = withText(submit, request.text, request.registeredDelivery);
    return STATUS.ok;
  }

  /** Without an id: all segments between the two addresses, of that service_type (SMPP 3.4 section 4.9). */
  #cancelAll(account: Account, request: Extract<MessageRequest, { kind: 'cancel' }>) {
    const cancelled: PendingSegment[] = [];
    for (const pending of this.#byId.values()) {
      const { submit } = pending.segment;
      if (pending.settled || pending.account !== account || !isSource(request.source, submit)) continue;
      if (submit.to !== request.destination.addr || serviceType(submit) !== request.serviceType) continue;
      pending.settled = true;
      cancelled.push(pending);
    }
    return { status: cancelled.length > 0 ? STATUS.ok : STATUS.cancelFailed, cancelled };
  }

  #one(
    account: Account,
    { messageId, source }: MessageRequest,
    failed: number,
  ): { readonly status: number; readonly pending?: PendingSegment } {
    const pending = this.#byId.get(messageId);
    if (pending?.account !== account) return { status: STATUS.messageId };
    if (pending.settled || !isSource(source, pending.segment.submit)) return { status: failed };
    return { status: STATUS.ok, pending };
  }
}

function isSource({ ton, npi, addr }: Address, submit: Submit): boolean {
  return addr === submit.from && ton === submit.sourceTon && npi === submit.sourceNpi;
}
