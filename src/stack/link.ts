/** The device, as the stack sees it. */
export interface Link {
  /**
   * Takes a frame that begins with a virtio-net header, before the call returns: the bytes are
   * used again. False: the device's queue is full and the frame is lost, as it can be on any link.
   */
  send(bytes: Uint8Array, at: number, length: number): boolean;
}
