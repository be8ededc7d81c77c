/** Answers a deliver_sm or data_sm with a command_status; to be called exactly once. */
export type Answer = (status: number) => void;

export const ESME_ROK = 0x00;
/** "Try again": the platform keeps it and brings it once more. */
export const ESME_RMSGQFUL = 0x14;
/** The receiver has failed, for this time: the platform brings it once more. */
export const ESME_RX_T_APPN = 0x64;
