/** Asking the uplink process, which is started when there is none. */
import { closeSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { NskitError } from '../../errors/index.js';
import { changing, startUplinkProcess, stateDirectory } from '../../namespaces/index.js';
import {
  connectDescriptor,
  here,
  sendDescriptors,
  socketsFrom,
  type FileDescriptor,
} from '../../sockets/index.js';
import { VERSION, answerIn, noUplink } from './protocol.js';

export interface Question {
  readonly method: string;
  readonly words?: object;
  readonly fds?: readonly number[];
}

/** One answer. Throws ERR_UPLINK_UNKNOWN when there is no process. */
export async function ask(question: Question): Promise<unknown> {
  const connection = await connectToProcess();
  if (connection === undefined) throw noUplink();
  for await (const answer of answers(connection, question)) return answer;
  throw new NskitError('ERR_UPLINK_PROCESS', 'the uplink process ended before it answered');
}

/** Makes sure that there is a process: it stays for long enough to be asked. */
export async function startProcess(): Promise<void> {
  const state = stateDirectory();
  await changing(state, async () => {
    const connection = await connectToProcess();
    connection?.[Symbol.dispose]();
    if (connection !== undefined) return;
    const said = await startUplinkProcess(state);
    if (said !== '') return void answerIn(said);
    throw new NskitError('ERR_UPLINK_PROCESS', 'the uplink process did not start', {
      hint: '"nskit uplink --serve" says why',
    });
  });
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
async function* answers(connection: FileDescriptor, question: Question): AsyncGenerator {
  const { method, words = {}, fds = [] } = question;
  const user = openSync('/proc/self/ns/user', 'r');
  try {
    const data = Buffer.from(`${JSON.stringify({ version: VERSION, method, ...words })}\n`);
    await sendDescriptors(connection.fd, [user, ...fds], { data });
  } finally {
    closeSync(user);
  }
  const socket = new Socket({ fd: connection.release(), readable: true, writable: true });
  try {
    for await (const line of createInterface(socket)) yield answerIn(line);
  } finally {
    socket.destroy();
  }
}
