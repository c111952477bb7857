/** `follow`: an answer for each start, change and end of a flow, until the client or the uplink goes. */
import type { Uplink } from '../../attach-uplink.js';
import { OVER } from '../protocol.js';
import type { Method } from './method.js';

export const follow: Method = ({ attachments, words, signal }) =>
  events(attachments.get(words['inode']).uplink, signal);

async function* events(uplink: Uplink, signal: AbortSignal): AsyncGenerator<object> {
  yield* uplink.followFlows({ signal });
  yield OVER;
}
