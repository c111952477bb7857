export {
  callerOfProcess,
  callersEnvironmentTexts,
  parseCaller,
  passOnCallersFiles,
  restoreCaller,
  type Caller,
} from './caller.js';
export * from './id-map.js';
export * from './kinds.js';
export { checkName, isName } from './name.js';
export { NamespaceFile, isRefusal } from './namespace-file.js';
export { replaceProcess, type ReplaceOptions } from './replace.js';
export * from './subids.js';
export { addName, type AddOptions, type EtcFile } from './add.js';
export { deleteLeftovers, deleteName, deleteProgram, type DeleteOptions } from './remove.js';
export { findNamed, listNames, type FoundName, type NamedEntry } from './list.js';
export { allPids, networkInode, processesInNamespace } from './processes.js';
export type { NameRecord } from './record.js';
export { stateDirectory, unfinished, type StateDirectory } from './state-directory.js';
export { lockHolderPid } from './pause.js';
export { Child, type ChildExit, type ChildStreams } from './child.js';
export { createNamespaces, creationProgram, type CreateOptions } from './create.js';
export { Namespaces } from './handle.js';
export type { SpawnOptions } from './spawn.js';
export type { StdioOption, StdioOptions } from './stdio.js';
export type { TimeOffsets } from './time-offsets.js';
export {
  appArmorProfile,
  checkGroups,
  diagnose,
  mainJobsWork,
  type Check,
  type CheckGroup,
  type Diagnosis,
  type Finding,
  type Status,
} from './doctor/index.js';
export { groupId, primaryGroup, userId } from './accounts.js';
export type { Credentials } from './credentials.js';
export { enterProgram, type EnterOptions } from './enter.js';
export type { DirectorySource, NamespaceSources, SocketSource } from './enter-sources.js';
export { cgroupFile, differentNamespaces, environmentOf, idsOf } from './process-facts.js';
export type { RequestedIds, RequestedMaps, RequestedRange } from './requested-maps.js';
export * from './launch/index.js';
export * from './mounts/index.js';
export {
  capabilityNames,
  capabilityNumbers,
  resourceLimits,
  secureBits,
  type Capabilities,
  type CapabilityName,
  type LimitChange,
  type LimitValue,
  type Privileges,
  type ResourceLimit,
  type ResourceLimits,
  type SecureBit,
  type SecureBits,
} from './privileges/index.js';
export type { FileSystemView, RootChange } from './root-directory.js';
export { unshareProgram, type UnshareOptions } from './unshare.js';
export { addNameForOwner } from './add-system.js';
export { attachName, attachProgram } from './attach.js';
export { freshProgram, type FreshOptions } from './fresh.js';
export { insideProgram, type InsideOptions, type InsideProgram } from './inside.js';
export { baseShellProgram } from './base-shell.js';
export { newRecord } from './add.js';
export { ensureUsersBase } from './base-shell.js';
export { enterNameProgram, refreshStoredProgram, type EnterNameOptions } from './entering.js';
export { makeProgram } from './named.js';
export type { Bind } from './isolated/index.js';
export { freshProc, privateMounts, viewOf } from './join.js';
export { startInside, wayInto } from './named-way.js';
export { nearest } from './nearest.js';
export { processesOf, resolveName, resolvedNames, type ResolvedName } from './resolve.js';
export { spawn, spawnAsync, type Way } from './spawn.js';
export { isRealRoot, outerGid, outerUid } from './state-directory.js';
export { SYSTEM_PREFIX, systemProgram, type Owner } from './system-names.js';
export { watchNames, type NameEvent } from './watch-names.js';
export type { EtcTexts } from './etc-files.js';
export { LiveTexts, liveTextsProgram } from './live-texts.js';
export { endProcess, inForeground } from './foreground.js';
export { hideFolders } from './hidden.js';
export { STARTER_FD, startDetached, startInBackground } from './background.js';
export { isGone, markOfName, untilGone, type FileMark } from './file-mark.js';
export { restrictForGood } from './restricted/index.js';
export {
  becomeUplinkProcess,
  startUplinkProcess,
  wasStarted,
  watchUplinkProcess,
} from './uplink-process.js';
export { STORE_FD } from './watcher-program.js';
export {
  claimForward,
  inodeOf,
  listForwards,
  removeForward,
  type FoundForward,
  type SocketFile,
} from './forward-records.js';
export { untilNameEnds } from './name-ends.js';
export { changing } from './change-lock.js';
export {
  removeUplinkFiles,
  tryUplinkLock,
  uplinkProcessIsWatched,
  uplinkProcessLives,
  writeUplinkFiles,
  type UplinkFiles,
} from './uplink-files.js';
