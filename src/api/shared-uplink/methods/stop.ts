/** `stop`: a namespace is served no longer; answered when its device is gone. */
import type { Method } from './method.js';

export const stop: Method = async ({ attachments, words }) => {
  const attachment = attachments.get(words['inode']);
  await attachment.close();
  return attachment.described;
};
