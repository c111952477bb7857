/** Stopping what goes on until it is interrupted. */

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborted by the first signal; `again` is called by each later one. */
export function stopSignal(again?: () => void): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) again?.();
    controller.abort();
  };
  for (const signal of signals) process.on(signal, onSignal);
  return controller.signal;
}
