/** What an uplink says when nobody has asked to be told. */
import type { Flow } from '../uplink/index.js';

/** As a warning of the process; a hook that always fails does so with every flow. */
export function warnOnce(): (error: unknown, flow: Flow) => void {
  const told = new Set<string>();
  return (error, { protocol, host, port }) => {
    const message = error instanceof Error ? error.message : String(error);
    if (told.has(message)) return;
    told.add(message);
    process.emitWarning(`${protocol} ${host} ${port} was rejected: ${message}`, 'NskitWarning');
  };
}
