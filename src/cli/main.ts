/** The command's entry: explains what the launcher could not do, or runs a command line. */
import { explainStored, failureStatus } from '../index.js';
import { reportError, writeError } from './report.js';
import { runCommandLine } from './command.js';

process.removeAllListeners('warning').on('warning', ({ name, message }) => {
  if (name === 'NskitWarning') writeError(`nskit: warning: ${message}`);
});

const [first, ...rest] = process.argv.slice(2);

if (first === '--failed') {
  const [fd = 0, step = 0, errno = 0] = rest.slice(0, 3).map(Number);
  const error = explainStored({ fd, step, errno, commandLine: rest.slice(3) });
  reportError(error);
  process.exitCode = failureStatus(error);
} else {
  void runCommandLine(process.argv.slice(2));
}
