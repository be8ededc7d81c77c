import { PDU } from 'smpp';
import { MAX_PDU_LENGTH } from './framing';

// The library refuses PDUs above 16 KiB, below the legal size of one with a 64 KiB message_payload.
PDU.maxLength = MAX_PDU_LENGTH;

export { PDU };
export { commands, commandsById, errors, tlvs } from 'smpp';
