/**
 * `ctrtool ns_open_file`: opens sockets and files in namespaces, and becomes a program outside that
 * finds each one's number in CTRTOOL_NS_OPEN_FILE_FD_<i>.
 */
import { becomeWithDescriptors, type FileDescriptor } from '../../../index.js';
import { writeError } from '../../write-error.js';
import type { Call } from '../call.js';
import { RequestError, openRequest } from './open.js';
import { readCommandLine, type CommandLine } from './options.js';

const FAILED = 2;
const STATUSES = { failed: FAILED, cannotExecute: 127, notFound: 127 };

export async function run({ name, args }: Call): Promise<number> {
  const line = readCommandLine(name, args);
  const opened = await openAll(line);
  if (opened === undefined) return FAILED;
  const shown = opened.filter((_, i) => line.requests[i]?.isHidden !== true);
  return becomeWithDescriptors(
    line.command,
    shown.map(({ fd }) => fd),
    {
      command: 'ctrtool-ns_open_file',
      statuses: STATUSES,
      env: (numbers) => ({ ...process.env, ...variables(line, numbers) }),
    },
  );
}

/** One after the other, because a request may use what an earlier one has stored. */
async function openAll(line: CommandLine): Promise<FileDescriptor[] | undefined> {
  const opened: FileDescriptor[] = [];
  for (const request of line.requests) {
    try {
      const descriptor = await openRequest(request, line);
      opened.push(descriptor);
      if (request.storesIn !== undefined) line.registers[request.storesIn] = descriptor.fd;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      writeError(error.message);
      return undefined;
    }
  }
  return opened;
}

function variables(line: CommandLine, numbers: readonly number[]): NodeJS.ProcessEnv {
  const left = [...numbers];
  return Object.fromEntries(
    line.requests.map(({ isHidden }, i) => [
      `CTRTOOL_NS_OPEN_FILE_FD_${line.firstNumber + BigInt(i)}`,
      String(isHidden ? -1 : left.shift()),
    ]),
  );
}
