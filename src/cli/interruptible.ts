/** Work that undoes itself when the user interrupts it, before the signal has its usual effect. */

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let caught: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    caught = signal;
    controller.abort();
  };
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
    // Now with its default effect: whoever waits for us sees that a signal ended us.
    if (caught !== undefined) process.kill(process.pid, caught);
  }
}
