/** The data of the page: plain, so that it can be embedded as JSON. */
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
  /** Requests without a response, counted by node, broker, API, and how far they came. */
  readonly unanswered: readonly { readonly words: string; readonly count: number; readonly firstMs: number }[];
  /** The request that shows the failure best; −1: none. */
  readonly witness: number;
  /** The part that the page shows first. */
  readonly focus: readonly [fromMs: number, toMs: number];
}

/** A request from a node to a broker, and its response if there is one. */
export interface Arrow {
  readonly node: string;
  readonly to: string;
  readonly api: string;
  readonly atMs: number;
  /** When the whole request was at the broker; undefined: never, or not recorded. */
  arrivedMs?: number;
  /** When the broker responded. */
  repliedMs?: number;
  /** When the response arrived, or the connection or the run ended. */
  endMs: number;
  /**
   * `broken`: its connection broke; `given-up`: its node waited, and closed the connection; `closed`: its node closed
   * the connection soon, during a long poll; `open`: the run ended first.
   */
  end: "answered" | "broken" | "given-up" | "closed" | "open";
  /** The request and its result in one line. */
  words: string;
  request: string;
  response: string;
  /** Whether it contains a name from the message of a broken invariant. */
  isRelated: boolean;
}

/** Something that happened on a node at one time. */
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
  /** The affected lanes. */
  readonly lanes: readonly string[];
}

/** The growth of a partition: the high watermark and the leader, at each time when one of them changed. */
export interface Growth {
  readonly partition: string;
  readonly points: readonly (readonly [atMs: number, highWatermark: number, leader: string])[];
}

/** A broken invariant, with its meaning. */
export interface BrokenInvariant {
  readonly invariant: string;
  readonly atMs: number;
  readonly message: string;
  readonly node?: string;
  /** The meaning, if it is an invariant of Odradek itself. */
  readonly meaning: string;
  /** A hint from the requests; empty: none. */
  readonly hint: string;
}

/** The part of the run that is shown. */
export interface TimelineView {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the drawing, in pixels. */
  readonly width: number;
  /** Names of lanes and APIs that are not drawn. */
  readonly hidden: readonly string[];
  /** The item that the mouse is on, or that was clicked. */
  readonly chosen: Item | undefined;
}

/** The item that a shape represents. */
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

/** The shapes: `fixed` ones anywhere, `moving` ones only to the right of the names of the lanes. */
export interface Scene {
  readonly height: number;
  readonly fixed: readonly Shape[];
  readonly moving: readonly Shape[];
}
