/** Publishing as steps, for --dry-run: what is done on the host, in which order. */
import { step, type Program } from '../native/index.js';
import { parsePublishings, publishingText } from '../uplink/index.js';

const calls = { tcp: ['socket', 'bind', 'listen'], udp: ['socket', 'bind'] } as const;

/** Throws ERR_USAGE. */
export function publishProgram(texts: readonly string[]): Program {
  return parsePublishings(texts).flatMap((publishing) => {
    const sentence = `publish ${publishingText(publishing)} as port ${publishing.insidePort} inside`;
    return calls[publishing.protocol].map((call) => step(sentence, call, []));
  });
}

export function unpublishProgram(text: string): Program {
  return [step(`stop listening at ${text} of the host`, 'close', [])];
}
