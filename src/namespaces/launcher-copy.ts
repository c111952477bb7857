/** The launcher in memory, wherever it is installed: nobody inside can reach the file by it. */
import { readFileSync } from 'node:fs';
import { call, cString, kernel, launcherPath } from '../native/index.js';
import { ALL_SEALS, executableMemory } from './memory-file.js';

/** An fd to execute, close-on-exec; `mode` is that of the file. */
export function launcherCopy(mode: number): number {
  const what = { step: 'copy the launcher' };
  const content = readFileSync(launcherPath());
  const flags = executableMemory(kernel.MFD_CLOEXEC | kernel.MFD_ALLOW_SEALING);
  const fd = call(what, 'memfd_create', cString('nskit-launcher'), flags);
  call(what, 'write', fd, content, content.length);
  call(what, 'fchmod', fd, mode);
  call(what, 'fcntl', fd, kernel.F_ADD_SEALS, ALL_SEALS);
  return fd;
}
