/** `publish`: ports of the host's lead inside from now on, every one or none. */
import type { Method } from './method.js';
import { textsIn } from './words.js';

export const publish: Method = async ({ attachments, words }) => {
  const attachment = attachments.get(words['inode']);
  return { published: await attachment.publish(textsIn(words, 'ports')) };
};
