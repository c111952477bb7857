/** The states of RFC 9293 section 3.3.2, and one more. */
export type TcpState =
  /** The namespace's SYN waits for the host's side. */
  | 'CONNECTING'
  | 'SYN-SENT'
  | 'SYN-RECEIVED'
  | 'ESTABLISHED'
  | 'FIN-WAIT-1'
  | 'FIN-WAIT-2'
  | 'CLOSE-WAIT'
  | 'CLOSING'
  | 'LAST-ACK'
  | 'TIME-WAIT'
  | 'CLOSED';
