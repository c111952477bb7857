// An error for the person at the terminal: its message is enough, its stack would only distract.
export class Expected extends Error {
  expected = true;
}
