/** The launcher in memory, wherever it is installed: nobody inside can reach the file by it. */
import { readFileSync } from 'node:fs';
import { call, cString, kernel, launcherPath, tryCall } from '../native/index.js';

const SEALS = kernel.F_SEAL_SEAL | kernel.F_SEAL_SHRINK | kernel.F_SEAL_GROW | kernel.F_SEAL_WRITE;

/** An fd to execute, close-on-exec; `mode` is that of the file. */
export function launcherCopy(mode: number): number {
  const what = { step: 'copy the launcher' };
  const content = readFileSync(launcherPath());
  const name = cString('nskit-launcher');
  const flags = kernel.MFD_CLOEXEC | kernel.MFD_ALLOW_SEALING;
  const modern = tryCall('memfd_create', name, flags | kernel.MFD_EXEC);
  // Kernels before 6.3 do not know MFD_EXEC: there every such file is executable.
  const fd = modern >= 0 ? modern : call(what, 'memfd_create', name, flags);
  call(what, 'write', fd, content, content.length);
  call(what, 'fchmod', fd, mode);
  call(what, 'fcntl', fd, kernel.F_ADD_SEALS, SEALS);
  return fd;
}
