/** The time of the last event, in milliseconds: monotonic, from any start. */
export class Clock {
  now = 0;
}
