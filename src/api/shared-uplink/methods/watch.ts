/** `watch`: another watcher is there, at the other end of this socket; the one before has gone. */
import { NskitError } from '../../../errors/index.js';
import { FileDescriptor } from '../../../sockets/index.js';
import type { Method } from './method.js';

export const watch: Method = async ({ attachments, descriptors }) => {
  const [socket] = descriptors;
  if (socket === undefined) throw new NskitError('ERR_USAGE', 'watch comes with a socket');
  await attachments.store.changeWatcher(new FileDescriptor(socket.release()));
  return {};
};
