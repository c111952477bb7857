export { mountProgram, mountSequence, type MountSequenceOptions } from './sequence.js';
export {
  mountFlags,
  unmountFlags,
  type ChangeDirectory,
  type MakeDirectory,
  type MakeLink,
  type MountFlag,
  type MountOn,
  type MountStep,
  type SyncDisks,
  type Unmount,
  type UnmountFlag,
} from './step.js';
