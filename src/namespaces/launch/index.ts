export { becomeProgram, type BecomeOptions } from './become.js';
export type { ProgramSource } from './executable.js';
export {
  launchProgram,
  type Exposed,
  type LaunchInPlaceOptions,
  type LaunchedProgram,
} from './in-place.js';
export { launch, type LaunchSpawnOptions, type WaitingProcess } from './launch.js';
export type { JoinRequest, LaunchOptions } from './options.js';
export type { LaunchScript } from './script.js';
