/** Answers a deliver_sm or data_sm with a command_status (SMPP 3.4 section 5.1.3). To be called exactly once. */
export type Answer = (status: number) => void;

export const ESME_ROK = 0x00;
/** "Try again": the platform keeps the delivery and brings it again. */
export const ESME_RMSGQFUL = 0x14;
/** A temporary failure of the receiver: the platform keeps the delivery and brings it again. */
export const ESME_RX_T_APPN = 0x64;
