/** A way to damage the bytes of a frame under way. Returns other bytes; the argument stays as it is. */
export type FrameDamage = (frame: Uint8Array) => DamagedFrame;

/** A damaged frame. */
export interface DamagedFrame {
  readonly bytes: Uint8Array;
  /** After this number of its bytes the reader can know that the frame is malformed. */
  readonly malformedAfter: number;
}
