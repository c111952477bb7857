/**
 * The end of a namespace whose programs have ended: its kernel goes on sending what they have sent,
 * and so must we, as a machine's kernel would. A stream that nobody takes is given up.
 */
import type { TcpFlowInfo } from '../stack/index.js';

/** Without a byte in this time there will be none. */
const PATIENCE_MS = 1000;
const LOOK_MS = 2;

export interface Settling {
  /** The device has had nothing more to read. */
  readonly isDrained: () => boolean;
  readonly flows: () => Iterable<TcpFlowInfo>;
}

export async function settle({ isDrained, flows }: Settling): Promise<void> {
  let last = -1;
  let patience = PATIENCE_MS;
  // What has arrived already is looked at first.
  await new Promise((resolve) => setImmediate(resolve));
  while (patience > 0) {
    const open = [...flows()].filter(hasMoreToSend);
    if (open.length === 0 && isDrained()) return;
    const carried = open.reduce((sum, { bytesToHost }) => sum + bytesToHost, 0);
    patience = carried === last ? patience - LOOK_MS : PATIENCE_MS;
    last = carried;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** What never was connected is given up by whoever wanted it. */
function hasMoreToSend({ state, isFlushed }: TcpFlowInfo): boolean {
  if (isFlushed) return false;
  return state !== 'CONNECTING' && state !== 'SYN-SENT' && state !== 'SYN-RECEIVED';
}
