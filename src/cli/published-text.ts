/** Published ports as lines and as a table. */
import { publishingText, type PublishedPort } from '../index.js';
import { columns } from './columns.js';
import { print } from './print.js';
import { writeError } from './report.js';

/** What they have become, a line each: `127.0.0.1:8080 -> 80`. */
export function printPorts(ports: readonly PublishedPort[], json: boolean): void {
  if (json) printPortsJson(ports);
  else for (const port of ports) print(`${publishingText(port)} -> ${insideText(port)}`);
}

export function printPortsJson(ports: readonly PublishedPort[]): void {
  print(JSON.stringify(ports, undefined, 2));
}

export function portTable(ports: readonly PublishedPort[]): string {
  const rows = ports.map((port) => {
    const counts = [port.accepted, port.refused].map(String);
    const shown = port.protocol === 'tcp' ? counts : ['-', '-'];
    return [publishingText(port), insideText(port), ...shown];
  });
  return columns(['HOST', 'INSIDE', 'ACCEPTED', 'REFUSED'], rows);
}

/** Clients were told by a reset, and no more: here is why. */
export function explainRefusals(ports: readonly PublishedPort[]): void {
  for (const port of ports) {
    if (port.refused === 0) continue;
    const server = `port ${port.insidePort} ${port.loopback ? 'of 127.0.0.1 ' : ''}inside`;
    writeError(`nskit: ${server} did not accept all that came to ${publishingText(port)}`);
    if (port.loopback) continue;
    writeError(
      '  hint: a server that listens on 127.0.0.1 alone is reached with --publish-loopback of the uplink',
    );
  }
}

function insideText({ insidePort, loopback }: PublishedPort): string {
  return loopback ? `127.0.0.1:${insidePort}` : String(insidePort);
}
