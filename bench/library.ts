/**
 * The npm library alone, as one would script it: its Session, a string to be encoded, a counter for a window. With `receipts`, each
 * is looked up by its id among those that were sent.
 */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { childOptions, finish, run } from './child';
import { FROM, measureLoad, TEXT, TO, WINDOW, type LoadOptions } from './load';

interface LibrarySession {
  bind_transceiver(fields: object, answered: (pdu: { readonly command_status: number }) => void): void;
  submit_sm(fields: object, answered: (pdu: Answer) => void): void;
  on(event: 'deliver_sm', handle: (pdu: DeliverSm) => void): void;
  send(pdu: object): void;
  readonly socket: Socket;
}

interface Answer {
  readonly command_status: number;
  readonly message_id: string;
}

interface DeliverSm {
  readonly short_message: { readonly message: string };
  response(): object;
}

const smpp = createRequire(__filename)('smpp') as {
  connect(options: object, connected: () => void): LibrarySession;
};
const options = childOptions<LoadOptions & { readonly receipts?: boolean }>();
const { receipts = false } = options;
const sent = new Map<string, string>();
let inFlight = 0;
let accepted = 0;

function fill(session: LibrarySession): void {
  while (inFlight < WINDOW) {
    inFlight += 1;
    session.submit_sm(
      { source_addr: FROM, destination_addr: TO, short_message: TEXT, registered_delivery: 1 },
      ({ command_status, message_id }) => {
        inFlight -= 1;
        if (receipts) sent.set(message_id, TO);
        else if (command_status === 0) accepted += 1;
        fill(session);
      },
    );
  }
}

run(async () => {
  await new Promise<void>((resolve) => {
    const session = smpp.connect({ host: '127.0.0.1', port: options.ports[0] }, () => {
      // With receipts on the same link, Nagle's algorithm would hold up its answers.
      if (receipts) session.socket.setNoDelay(true);
      session.on('deliver_sm', (pdu) => {
        const [, id, stat] = /id:(\S+).*stat:(\S+)/.exec(pdu.short_message.message) ?? [];
        if (sent.delete(id!) && stat === 'DELIVRD') accepted += 1;
        session.send(pdu.response());
      });
      session.bind_transceiver({ system_id: 'demo', password: 'demo' }, () => {
        fill(session);
        resolve();
      });
    });
  });
  finish(await measureLoad(options, () => accepted));
});
