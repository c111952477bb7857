/** The command's entry: explains what the launcher could not do, or runs a command line. */
import { explainStored, namespaces, type SyscallError } from '../index.js';
import { reportError, writeError } from './report.js';
import { runCommandLine } from './command.js';

process.removeAllListeners('warning').on('warning', ({ name, message }) => {
  if (name === 'NskitWarning') writeError(`nskit: warning: ${message}`);
});

/**
 * What the launcher could not find or open may mean that the name is gone or out of reach: looked
 * for by Node, it says which.
 */
function inFull(error: SyscallError, [command, name]: readonly string[]): unknown {
  const opens = error.syscall === 'open' || error.syscall === 'expectNotEqual';
  if (!opens || name === undefined || (command !== 'exec' && command !== 'shell')) return error;
  try {
    namespaces.get(name);
    return error;
  } catch (reason) {
    return reason;
  }
}

const [first, ...rest] = process.argv.slice(2);

if (first === '--failed') {
  const [fd = 0, step = 0, errno = 0] = rest.slice(0, 3).map(Number);
  const commandLine = rest.slice(3);
  const { error, exitStatus } = explainStored({ fd, step, errno, commandLine });
  reportError(inFull(error, commandLine));
  process.exitCode = exitStatus;
} else {
  void runCommandLine(process.argv.slice(2));
}
