/** `flows`: what an uplink carries, an answer for each flow. */
import type { FlowRecord } from '../../../uplink/index.js';
import { OVER } from '../protocol.js';
import type { Method } from './method.js';

export const flows: Method = ({ attachments, words }) => {
  const { uplink } = attachments.get(words['inode']);
  return oneByOne(uplink.flows({ ended: words['ended'] === true }));
};

/** Of the moment they were asked for, however slowly they are read. */
async function* oneByOne(flows: Promise<FlowRecord[]>): AsyncGenerator<object> {
  yield* await flows;
  yield OVER;
}
