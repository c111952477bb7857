/** What users of the library hold. src/index.ts re-exports it. */
export * from '../errors/index.js';
export * from '../namespaces/index.js';
export { describeProgram } from './describe.js';
export { explainStored, type ExplainedFailure, type LauncherFailure } from './explain.js';
export { packageFolder, type Program, type Step } from '../native/index.js';
export { NamedNamespace, OwnedNamedNamespace } from './named-namespace.js';
export { namespaces, type NewNameOptions } from './namespaces.js';
export { run, runInFront, type RunInFrontOptions, type RunOptions } from './run.js';
export { publishProgram, unpublishProgram } from './publish-program.js';
export { publishingText, type PublishedPort, type Publishing } from '../uplink/index.js';
export { roomProgram, sharedUplinkProgram, uplinkProgram, type RoomOptions } from './room.js';
export {
  attachUplink,
  type FlowsOptions,
  type FollowOptions,
  type Uplink,
} from './attach-uplink.js';
export type { CaptureOptions, RunningCapture } from './capture/capture.js';
export { attachProgram, deleteProgram } from '../namespaces/index.js';
export { addProgram, baseProgram, execProgram, type ExecOptions } from './programs.js';
export { attachedUplinks } from './attached-uplinks.js';
export { serveUplinks } from './shared-uplink/serve-uplinks.js';
export type { SharedUplink } from './shared-uplink/shared-uplink.js';
export { uplinks } from './shared-uplink/uplinks.js';
export type { AttachedUplink, UplinkPlace } from './shared-uplink/protocol.js';
export { HeldNamespaces } from './held-namespaces.js';
export { forwards, type Forward, type KeptForward } from './forwards.js';
export { ForwardError, serveForward } from './kept-forward.js';
export { Networked, host } from './networked.js';
export { Sockets } from './sockets.js';
export * from '../sockets/index.js';
export * from '../netlink/index.js';
export { netlink as wire } from '../wire/index.js';
export type {
  AccessOptions,
  CaptureStatistics,
  DatagramHandler,
  FamilyAddresses,
  Flow,
  FlowDatagrams,
  FlowEnd,
  FlowEndReason,
  FlowEvent,
  FlowHook,
  FlowProtocol,
  FlowRecord,
  OutboundOptions,
  RedirectTarget,
  RejectReason,
  StreamHandler,
  UplinkCounters,
  UplinkLimits,
  UplinkOptions,
  Verdict,
} from '../uplink/index.js';
export * from '../intercept/index.js';
