/** A flow's start, end or change as a line, and its ends. */
import { endText, type FlowEvent, type FlowRecord } from '../index.js';

export function flowEventLine(event: FlowEvent): string {
  if (event.event === 'lost')
    return `lost ${event.count} events, because they were not read in time`;
  const { flow } = event;
  const words = [event.event.padEnd(6), flow.protocol, ...flowEnds(flow)];
  if (flow.name !== undefined) words.push(`(${flow.name})`);
  if (event.event === 'start') words.push(flow.decision);
  else words.push(`sent ${flow.sentBytes} received ${flow.receivedBytes}`);
  if (event.event === 'change') words.push(flow.state);
  if (event.event === 'end') words.push(endOf(flow));
  return words.join(' ');
}

function endOf({ end, decision }: FlowRecord): string {
  return end === 'rejected' ? decision : (end ?? 'ended');
}

/** The namespace's, an arrow from whoever began it, and the other. */
export function flowEnds({ direction, namespace, remote }: FlowRecord): [string, string, string] {
  return [shown(namespace), direction === 'outbound' ? '->' : '<-', shown(remote)];
}

/** Pings have no ports. */
function shown(end: FlowRecord['remote']): string {
  return end.port === 0 ? end.address : endText(end);
}
