/** `list`: what is served. */
import type { Method } from './method.js';

export const list: Method = ({ attachments }) => ({
  attached: attachments.all().map(({ described }) => described),
});
