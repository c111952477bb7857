/** What an applet is called with; `name` is how it was called, as its own messages begin. */
export interface Call {
  readonly name: string;
  readonly args: readonly string[];
  /** `escape` was in front: whoever is inside must not find this program's file. */
  readonly escaped: boolean;
}

export interface Applet {
  /** The exit status, unless another program has taken our place by then. */
  run(call: Call): number | Promise<number>;
}
