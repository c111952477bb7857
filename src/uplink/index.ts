/** The internet inside a namespace: flows, what becomes of them, and the loop that carries them. */
export type { Decide, Decision, FlowRequest, Outbound } from './decision.js';
export type { CaptureStatistics } from './capture/capture.js';
export { parseFlowFilter } from './capture/flow-filter.js';
export { Dns, type DnsOptions } from './dns/index.js';
export type { FlowEndReason, FlowRecord } from './flows/flow-record.js';
export type { FlowEvent } from './flows/follow.js';
export {
  Flow,
  type DatagramHandler,
  type FlowDatagrams,
  type FlowEnd,
  type FlowHook,
  type FlowProtocol,
  type RedirectTarget,
  type RejectReason,
  type StreamHandler,
  type Verdict,
} from './flow.js';
export { sharedLimits, type UplinkLimits } from './limits.js';
export {
  hiddenPaths,
  nameServiceFiles,
  readHostNameFiles,
  resolvConfFile,
} from './name-services.js';
export {
  describeFamily,
  familiesOf,
  hostsText,
  uplinkPlan,
  type FamilyAddresses,
  type OutboundOptions,
  type UplinkOptions,
  type UplinkPlan,
} from './options.js';
export type { AccessOptions } from './policy/access.js';
export { Policy, type PolicyOptions } from './policy/policy.js';
export type { Listening } from './publish/listening.js';
export type { PublishedPort } from './publish/published-port.js';
export { dropReasons, type DropReason, type Outcome } from '../stack/index.js';
export {
  parsePublishings,
  publishingText,
  type PublishedProtocol,
  type Publishing,
} from './publish/request.js';
export type { StreamKind } from './tcp-host.js';
export type { AttachOptions, OpenUplink, UplinkCounters } from './attach-options.js';
export { Uplink } from './uplink.js';
