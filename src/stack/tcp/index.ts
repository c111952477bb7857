/**
 * TCP, mirrored. Theory of operation.
 *
 * Goal: a connection from inside a namespace becomes a connection of the host's, at the speed of the
 * host, and looks the same from both ends. Two TCPs do the work already: the kernel's inside the
 * namespace and the host's behind a socket. So this one terminates nothing and owns no congestion
 * control, no send buffer and no retransmission queue. It keeps, for each connection, which events
 * have happened and a few sequence numbers, and translates one side's words into the other's.
 *
 *     namespace's kernel                    a flow                       host's socket
 *     SYN                       ->  SYN_FROM_TAP               ->  connect()
 *     SYN|ACK, RST, ICMP error  <-  SYN_TO_TAP                 <-  connected, refused, unreachable
 *     data                      ->  in order: rcvNxt           ->  send(), straight from the frame
 *     ACK, window               <-  rcvNxt, rcvAdv             <-  room in the send buffer
 *     data                      <-  sndNxt, up to the window   <-  peek(), straight into the frame
 *     ACK                       ->  sndUna                     ->  discard()
 *     FIN                       ->  FIN_FROM_TAP, FIN_TO_HOST  ->  shutdown()
 *     FIN                       <-  FIN_FROM_HOST, FIN_TO_TAP  <-  end of stream
 *     RST                       ->  END                        ->  close() with a reset
 *     RST                       <-  BREAK_AT_HOST, END         <-  an error
 *
 * A connection may begin at the host too (a published port): `open` has a stream that is connected
 * already, and the first two lines become
 *
 *     SYN                       <-  SYN_TO_TAP                 <-  accepted
 *     SYN|ACK                   ->  SYN_FROM_TAP, ESTABLISH    ->  settled()
 *     RST, ICMP error, nothing  ->  END                        ->  settled(), close() with a reset
 *
 * Events (`did` in flow.ts) are facts with a source and a destination; the states of RFC 9293 follow
 * from them (state.ts) and decide nothing.
 *
 * Toward the host. Data that is next in order is sent from the received frame. What the socket does
 * not take, because its free space is an estimate, waits in a stash; what comes before its turn waits
 * in the out-of-order queue and is reported by SACK. Both are bounded, for each flow and in all; what
 * finds no place is not acknowledged and comes again. Acknowledgments wait for the end of the batch
 * of frames. The window is the socket's room, and its right edge never moves left (window.ts).
 *
 * Toward the namespace. Bytes stay in the host's socket until they are acknowledged: retransmission
 * is peeking again (to-tap.ts, recovery.ts, timeouts.ts). Frames are as large as IP allows and are
 * cut by whoever needs that (virtio-net's segmentation offload). A flow sends a few frames in its
 * turn, then others have theirs. A link that takes no frame has lost nothing: the flow waits a
 * millisecond.
 *
 * ICMP errors from inside. "Too big" makes the segments of its flow smaller, and what was under way is
 * sent again (reports.ts); others end a flow that is not answered yet, and no other.
 *
 * Contract: `onSegment`, the events of a HostStream, `poll` and `nextDeadline`; no timer, clock,
 * promise or chance inside. Nothing throws, whatever comes in. Ways in set `context.now`.
 *
 * Sources: RFC 9293; 5681 and 6675 (loss), 6298 (timeout), 6582 (without SACK), 2018 (SACK), 7323
 * (window scale), 5961 (blind attacks), 6191 (TIME-WAIT), 6528 (initial numbers); 1191 and 8201 (path
 * MTU), 5461 and 5927 (ICMP errors).
 *
 * Limits, on purpose: no timestamps and no PAWS (a link inside one machine has no old duplicates), no
 * ECN, no fast open, no urgent pointer (urgent data is data), no D-SACK; TIME-WAIT is two seconds.
 * limits.ts has the numbers.
 */
export type { TcpParts } from './context.js';
export type { TcpLimits } from './limits.js';
export type { TcpReport } from './reports.js';
export type { TcpState } from './state-names.js';
export type { TcpFlowInfo } from './flow-info.js';
export { Tcp } from './tcp.js';
