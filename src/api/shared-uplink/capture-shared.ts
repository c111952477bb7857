/** A capture that the uplink process makes: it gets one end of the pair, the other one stays here. */
import { NskitError } from '../../errors/index.js';
import type { FileDescriptor } from '../../sockets/index.js';
import type { CaptureStatistics } from '../../uplink/index.js';
import { askAll } from './control-client.js';

export async function captureShared(
  inode: number,
  descriptor: FileDescriptor,
  flow: readonly string[],
): Promise<{ readonly ended: Promise<CaptureStatistics> }> {
  using theirs = descriptor;
  const question = { method: 'capture', words: { inode, flow }, fds: [theirs.fd] };
  const answers = askAll(question);
  // It has begun, or says why not.
  await answers.next();
  return { ended: statisticsIn(answers) };
}

async function statisticsIn(answers: AsyncGenerator): Promise<CaptureStatistics> {
  const { value } = (await answers.next()) as { value?: CaptureStatistics };
  await answers.return(undefined);
  if (value !== undefined) return value;
  throw new NskitError('ERR_UPLINK_PROCESS', 'the uplink process has said nothing of its capture');
}
