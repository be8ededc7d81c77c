/** The npm library alone, as one would script it: its Session, a string to be encoded, a counter for a window. */
import { createRequire } from 'node:module';
import { childOptions, finish, run } from './child';
import { FROM, measureLoad, TEXT, TO, WINDOW, type LoadOptions } from './load';

interface LibrarySession {
  bind_transceiver(fields: object, answered: (pdu: { readonly command_status: number }) => void): void;
  submit_sm(fields: object, answered: (pdu: { readonly command_status: number }) => void): void;
}

const smpp = createRequire(__filename)('smpp') as {
  connect(options: object, connected: () => void): LibrarySession;
};
const { port, duration } = childOptions<LoadOptions>();
let inFlight = 0;
let accepted = 0;

function fill(session: LibrarySession): void {
  while (inFlight < WINDOW) {
    inFlight += 1;
    session.submit_sm(
      { source_addr: FROM, destination_addr: TO, short_message: TEXT, registered_delivery: 1 },
      ({ command_status }) => {
        inFlight -= 1;
        if (command_status === 0) accepted += 1;
        fill(session);
      },
    );
  }
}

run(async () => {
  await new Promise<void>((resolve) => {
    const session = smpp.connect({ host: '127.0.0.1', port }, () => {
      session.bind_transceiver({ system_id: 'demo', password: 'demo' }, () => {
        fill(session);
        resolve();
      });
    });
  });
  finish(await measureLoad(duration, () => accepted));
});
