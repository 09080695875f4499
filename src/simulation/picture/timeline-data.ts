/** What the page of a run is given: plain data, so that it can stand in the page as JSON. */
export interface TimelineData {
  readonly title: string;
  readonly endMs: number;
  /** Nodes first, then brokers. */
  readonly lanes: readonly string[];
  readonly apis: readonly string[];
  readonly arrows: readonly Arrow[];
  readonly marks: readonly Mark[];
  readonly faults: readonly FaultBand[];
  readonly growth: readonly Growth[];
  readonly violations: readonly BrokenInvariant[];
  /** Requests that were not answered, counted by who asked whom for what, and how far it came. */
  readonly unanswered: readonly { readonly words: string; readonly count: number; readonly firstMs: number }[];
  /** The request that shows best what is broken; −1: none. */
  readonly witness: number;
  /** What the page shows first. */
  readonly focus: readonly [fromMs: number, toMs: number];
}

/** A request: from a node to a broker, and back where an answer came. */
export interface Arrow {
  readonly node: string;
  readonly to: string;
  readonly api: string;
  readonly atMs: number;
  /** When it was whole at the broker; undefined: never, or it was not looked at. */
  arrivedMs?: number;
  /** When the broker answered. */
  repliedMs?: number;
  /** When the answer was there, or its connection ended, or the run. */
  endMs: number;
  /**
   * `broken`: its connection was broken; `given-up`: its node waited, and closed the connection; `closed`: it closed it
   * soon, with a long poll open; `open`: the run ended first.
   */
  end: "answered" | "broken" | "given-up" | "closed" | "open";
  /** What it is in a line, and what became of it. */
  words: string;
  request: string;
  response: string;
  /** Whether it carries what a broken invariant speaks of. */
  isRelated: boolean;
}

/** Something that a node did, said or met, at one moment. */
export interface Mark {
  readonly node: string;
  readonly atMs: number;
  readonly kind: string;
  readonly text: string;
  readonly isRelated: boolean;
}

/** A fault, from its beginning to its end. */
export interface FaultBand {
  readonly kind: string;
  readonly atMs: number;
  readonly endMs: number;
  readonly words: string;
  /** The lanes that it meets. */
  readonly lanes: readonly string[];
}

/** How the log of a partition grew: the high watermark, and the leader, from each moment on. */
export interface Growth {
  readonly partition: string;
  readonly points: readonly (readonly [atMs: number, highWatermark: number, leader: string])[];
}

/** A broken invariant, with what it means. */
export interface BrokenInvariant {
  readonly invariant: string;
  readonly atMs: number;
  readonly message: string;
  readonly node?: string;
  /** What the invariant says, where it is one of Odradek's own. */
  readonly meaning: string;
  /** What the requests say about it; empty: nothing. */
  readonly hint: string;
}

/** What is looked at. */
export interface TimelineView {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the drawing, in pixels. */
  readonly width: number;
  /** Names of lanes and APIs that are not drawn. */
  readonly hidden: readonly string[];
  /** What the mouse is on, or was clicked. */
  readonly chosen: Item | undefined;
}

/** What a shape stands for. */
export interface Item {
  readonly what: "arrow" | "mark" | "fault" | "violation";
  readonly index: number;
}

export interface LineShape {
  readonly kind: "line";
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly colour: string;
  readonly width: number;
  readonly dash?: readonly number[];
  readonly item?: Item;
}

export interface BoxShape {
  readonly kind: "box";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly colour: string;
  readonly edge?: string;
  readonly item?: Item;
}

export interface TextShape {
  readonly kind: "text";
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly colour: string;
  readonly isBold?: boolean;
}

export interface DotShape {
  readonly kind: "dot";
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly colour: string;
  readonly edge?: string;
  readonly item?: Item;
}

export type Shape = LineShape | BoxShape | TextShape | DotShape;

/** What is drawn: `fixed` as it is, `moving` only right of the names of the lanes. */
export interface Scene {
  readonly height: number;
  readonly fixed: readonly Shape[];
  readonly moving: readonly Shape[];
}
