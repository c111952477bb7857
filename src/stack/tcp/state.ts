/** A flow's events in the words of RFC 9293 section 3.3.2. */
import { did, type Flow } from './flow.js';
import type { TcpState } from './state-names.js';

/** The state of the end that we play toward the namespace. */
export function stateOf(flow: Flow): TcpState {
  if (flow.has(did.END)) return 'CLOSED';
  if (!flow.has(did.SYN_TO_TAP)) return 'CONNECTING';
  if (!flow.has(did.SYN_FROM_TAP)) return 'SYN-SENT';
  if (!flow.has(did.ESTABLISH)) return 'SYN-RECEIVED';
  if (!flow.has(did.FIN_TO_TAP)) return flow.has(did.FIN_FROM_TAP) ? 'CLOSE-WAIT' : 'ESTABLISHED';
  const isAcknowledged = flow.has(did.ACK_OF_FIN_FROM_TAP);
  if (!flow.has(did.FIN_FROM_TAP)) return isAcknowledged ? 'FIN-WAIT-2' : 'FIN-WAIT-1';
  if (!flow.has(did.CLOSE_FIRST)) return 'LAST-ACK';
  return isAcknowledged ? 'TIME-WAIT' : 'CLOSING';
}
