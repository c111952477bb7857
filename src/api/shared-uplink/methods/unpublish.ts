/** `unpublish`: nobody comes in by a port of the host's any more. */
import type { Method } from './method.js';
import { textIn } from './words.js';

export const unpublish: Method = async ({ attachments, words }) => {
  const attachment = attachments.get(words['inode']);
  return { published: await attachment.unpublish(textIn(words, 'port')) };
};
