/** `capture`: packet blocks go into the stream socket that comes with it, until its other end ends. */
import { FileDescriptor } from '../../../sockets/index.js';
import type { CaptureStatistics } from '../../../uplink/index.js';
import { OVER } from '../protocol.js';
import type { Method } from './method.js';

export const capture: Method = ({ attachments, words, descriptors }) => {
  const { uplink } = attachments.get(words['inode']);
  const [taken] = descriptors.map((descriptor) => new FileDescriptor(descriptor.release()));
  if (taken === undefined) throw new TypeError('a capture needs a socket to write to');
  const flow = Array.isArray(words['flow']) ? words['flow'].map(String) : [];
  return answers(uplink.captureTo(taken, flow).ended);
};

async function* answers(ended: Promise<CaptureStatistics>): AsyncGenerator<object> {
  yield { capturing: true };
  yield await ended;
  yield OVER;
}
