// A runtime directory of this run's own: what an earlier run left is not seen, the names of whoever
// runs the tests are not touched, and nothing of this run stays.

import * as fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export function freshRuntimeDirectory({ uid, gid, runtimeDirectory }) {
  const directory = fs.mkdtempSync(path.join(runtimeDirectory ?? os.tmpdir(), 'nskit-test-'));
  fs.chownSync(directory, uid, gid);
  // Also when somebody presses Ctrl-C.
  process.once('exit', () => remove(directory));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  return directory;
}

function remove(directory) {
  processesOf(directory).forEach((pid) => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  });
  try {
    fs.rmSync(directory, { recursive: true, force: true });
  } catch (error) {
    console.log(`Left behind: ${error.message}`);
  }
}

// Of this run: they were given the directory, or have something mounted in it (a pause process,
// whose environment is empty).
function processesOf(directory) {
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    if (pid === process.pid) return false;
    return ['environ', 'mountinfo'].some((file) => mentions(`/proc/${pid}/${file}`, directory));
  });
}

function mentions(file, text) {
  try {
    return fs.readFileSync(file, 'utf8').includes(text);
  } catch {
    return false;
  }
}
