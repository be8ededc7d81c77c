/** What a simulated process loads: the four nodes, with all they use. */
export { default as smppPool } from '../../nodes/smpp-pool';
export { default as smppSend } from '../../nodes/smpp-send';
export { default as smppDlrIn } from '../../nodes/smpp-dlr-in';
export { default as smppStatus } from '../../nodes/smpp-status';
