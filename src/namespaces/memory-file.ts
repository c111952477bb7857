/** Files in memory that may be executed: memfd_create(2). */
import { cString, kernel, tryCall } from '../native/index.js';

/** Kernels before 6.3 do not know MFD_EXEC: there every such file is executable. */
export function executableMemory(flags: number): number {
  const probe = tryCall('memfd_create', cString('probe'), kernel.MFD_CLOEXEC | kernel.MFD_EXEC);
  if (probe < 0) return flags;
  tryCall('close', probe);
  return flags | kernel.MFD_EXEC;
}

/** Nobody changes it any more, nor these. */
export const ALL_SEALS =
  kernel.F_SEAL_SEAL | kernel.F_SEAL_SHRINK | kernel.F_SEAL_GROW | kernel.F_SEAL_WRITE;
