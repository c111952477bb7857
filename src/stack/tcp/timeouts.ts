/** What happens when the timer of a flow has run out. */
import { tcpFlags } from '../../wire/index.js';
import { abort, breakOff, remove } from './ending.js';
import { did, type Flow } from './flow.js';
import { DATA_RETRIES, HANDSHAKE_RETRIES } from './limits.js';
import { sendSyn } from './opening.js';
import { startOver } from './recovery.js';
import { add } from './seq.js';
import { backedOffRtoMs, setTimer } from './timers.js';
import { pump } from './to-tap.js';
import { transmit } from './transmit.js';

export function timeOut(flow: Flow): void {
  const { timer } = flow;
  flow.timer = 'none';
  if (flow.context.now >= flow.giveUpAt) {
    breakOff(flow, flow.has(did.BREAK_AT_HOST) ? 'reset-by-host' : 'timeout');
    return;
  }
  switch (timer) {
    case 'handshake':
      handshakeTimeout(flow);
      break;
    case 'retransmit':
      retransmissionTimeout(flow);
      break;
    case 'persist':
      probe(flow);
      break;
    case 'time-wait':
      remove(flow, 'fin');
      break;
    case 'none':
  }
}

function handshakeTimeout(flow: Flow): void {
  flow.retries++;
  flow.timedAt = -1;
  if (flow.retries <= HANDSHAKE_RETRIES) {
    sendSyn(flow);
    return;
  }
  if (flow.direction === 'inbound') flow.stream?.settled?.('silent');
  abort(flow, 'timeout');
}

/** RFC 6298 sections 5.4 to 5.6. */
function retransmissionTimeout(flow: Flow): void {
  flow.retries++;
  if (flow.retries > DATA_RETRIES) {
    breakOff(flow, 'timeout');
    return;
  }
  startOver(flow);
  pump(flow, 1);
}

/**
 * RFC 9293 section 3.8.6.1. A segment without data, one number too early, is answered with the
 * window as data beyond it would be, and leaves nothing to be repaired.
 */
function probe(flow: Flow): void {
  flow.retries++;
  flow.probes++;
  // As long as the answers come, the window may stay closed for ever.
  if (flow.probes > DATA_RETRIES) {
    breakOff(flow, 'timeout');
    return;
  }
  transmit(flow, add(flow.sndUna, -1), tcpFlags.ACK, 0);
  setTimer(flow, 'persist', backedOffRtoMs(flow));
}
