/** `published`: the ports of the host's that lead inside. */
import type { Method } from './method.js';

export const published: Method = async ({ attachments, words }) => {
  return { published: await attachments.get(words['inode']).uplink.published() };
};
