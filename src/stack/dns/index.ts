/** A forwarding resolver without any I/O: what is asked of whom, and what is answered. */
export type { Attempt } from './attempts.js';
export type { DnsClient } from './client.js';
export type { QuestionDecision } from './decide.js';
export { Unframing, framed } from './framing.js';
export { HostsFile } from './hosts-file.js';
export { KnownNames } from './known-names.js';
export type { NetworkSettings } from './own-names.js';
export { parseResolvConf, type ResolvConf } from './resolv-conf.js';
export { Resolver, type ResolverOptions } from './resolver.js';
export type { Asked, AttemptEvents, UpstreamTransport } from './transport.js';
