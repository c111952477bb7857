/** A forwarding resolver without any I/O: what is asked of whom, and what is answered. */
export { parseResolvConf, type ResolvConf } from './resolv-conf.js';
