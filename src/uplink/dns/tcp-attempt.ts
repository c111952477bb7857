/**
 * One message to a server by TCP, over a connection of its own: many servers close after an answer,
 * and a slow answer holds up no other one.
 */
import { connect } from 'node:net';
import { Unframing, framed, type Asked, type AttemptEvents } from '../../stack/index.js';

export function askByTcp(
  server: { readonly host: string; readonly port: number },
  message: Uint8Array,
  events: AttemptEvents,
): Asked {
  const socket = connect({ ...server, noDelay: true });
  const unframing = new Unframing();
  let isOver = false;
  const cancel = (): void => {
    isOver = true;
    socket.destroy();
  };
  const fail = (): void => {
    if (isOver) return;
    cancel();
    events.failed(performance.now());
  };
  socket.on('data', (chunk) => {
    for (const answer of unframing.push(chunk)) {
      if (!isOver) events.answered(answer, performance.now());
    }
  });
  // After an error comes "close" as well.
  socket
    .on('error', () => undefined)
    .on('close', fail)
    .on('end', fail);
  socket.write(framed(message));
  return { cancel };
}
