/** Asking the uplink process, which is started when there is none. */
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { NskitError } from '../../errors/index.js';
import {
  changing,
  startUplinkProcess,
  stateDirectory,
  uplinkProcessIsWatched,
  watchUplinkProcess,
  type StateDirectory,
} from '../../namespaces/index.js';
import {
  connectDescriptor,
  here,
  sendDescriptors,
  socketPair,
  socketsFrom,
  type FileDescriptor,
} from '../../sockets/index.js';
import { VERSION, answerIn, isOver, noUplink } from './protocol.js';

export interface Question {
  readonly method: string;
  readonly words?: object;
  readonly fds?: readonly number[];
}

/** One answer. Throws ERR_UPLINK_UNKNOWN when there is no process. */
export async function ask(question: Question): Promise<unknown> {
  for await (const answer of askOn(question)) return answer;
  throw endedEarly();
}

/**
 * Answers as they come, until the signal, or the last one, which is `{"over":true}`. Throws as `ask`,
 * and ERR_UPLINK_PROCESS when the process ends before it has said that.
 */
export async function* askAll(question: Question, signal?: AbortSignal): AsyncGenerator {
  for await (const answer of askOn(question, signal)) {
    if (isOver(answer)) return;
    yield answer;
  }
  if (signal?.aborted !== true) throw endedEarly();
}

async function* askOn(question: Question, signal?: AbortSignal): AsyncGenerator {
  const connection = await connectToProcess();
  if (connection === undefined) throw noUplink();
  yield* answers(connection, question, signal);
}

function endedEarly(): NskitError {
  return new NskitError('ERR_UPLINK_PROCESS', 'the uplink process ended before it answered');
}

/** Makes sure that there is a process, and a watcher: it stays for long enough to be asked. */
export async function startProcess(): Promise<void> {
  const state = stateDirectory();
  await changing(state, async () => {
    const connection = await connectToProcess();
    connection?.[Symbol.dispose]();
    if (connection === undefined) await start(state);
    else if (!uplinkProcessIsWatched(state)) await watchAgain(state);
  });
}

/** One that was killed is replaced; whoever asks for something else does not fail with it. */
export async function restoreWatcher(): Promise<void> {
  if (uplinkProcessIsWatched(stateDirectory())) return;
  await startProcess().catch(() => undefined);
}

async function start(state: StateDirectory): Promise<void> {
  const said = await startUplinkProcess(state);
  if (said !== '') return void answerIn(said);
  throw new NskitError('ERR_UPLINK_PROCESS', 'the uplink process did not start', {
    hint: '"nskit uplink --serve" says why',
  });
}

/** Its watcher was killed: another one gets copies of all that it has. */
async function watchAgain(state: StateDirectory): Promise<void> {
  const [ours, its] = socketPair('seqpacket') as [FileDescriptor, FileDescriptor];
  try {
    if (!(await watchUplinkProcess(state, ours.fd))) {
      throw new NskitError('ERR_UPLINK_PROCESS', 'the watcher of the uplink process did not start');
    }
    await ask({ method: 'watch', fds: [its.fd] });
  } finally {
    for (const end of [ours, its]) end[Symbol.dispose]();
  }
}

async function connectToProcess(): Promise<FileDescriptor | undefined> {
  try {
    return await connectDescriptor(socketsFrom(here), { path: stateDirectory().uplinkSocket });
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
    throw error;
  }
}

/** Takes the connection over. */
async function* answers(
  connection: FileDescriptor,
  question: Question,
  signal?: AbortSignal,
): AsyncGenerator {
  const { method, words = {}, fds = [] } = question;
  const user = openSync('/proc/self/ns/user', 'r');
  try {
    const data = Buffer.from(`${JSON.stringify({ version: VERSION, method, ...words })}\n`);
    await sendDescriptors(connection.fd, [user, ...fds], { data });
  } finally {
    closeSync(user);
  }
  const socket = new Socket({ fd: connection.release(), readable: true, writable: true });
  const lines = createInterface(socket);
  const leave = (): void => {
    // Who waits for a line hears of its end, but not of the socket's.
    lines.close();
    socket.destroy();
  };
  signal?.addEventListener('abort', leave);
  if (signal?.aborted === true) leave();
  try {
    for await (const line of lines) yield answerIn(line);
  } finally {
    signal?.removeEventListener('abort', leave);
    leave();
  }
}
