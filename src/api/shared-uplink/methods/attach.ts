/** `attach`: a namespace is served from now on. */
import { FileDescriptor } from '../../../sockets/index.js';
import type { AttachWords } from '../protocol.js';
import type { Method } from './method.js';

export const attach: Method = async ({ attachments, words, descriptors }) => {
  const taken = descriptors.map((descriptor) => new FileDescriptor(descriptor.release()));
  return (await attachments.add(words as unknown as AttachWords, taken)).described;
};
