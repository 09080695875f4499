/** A span as an agent reports it, in one form for all agents. */
export interface Span {
  readonly id: string;
  readonly name: string;
  readonly parent?: string | undefined;
  readonly links: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Other facts: kind, status, error. */
  readonly [fact: string]: unknown;
}

/** A span without what differs from run to run: spans go by their names. */
export interface NormalSpan {
  readonly name: string;
  readonly parent: string;
  readonly links: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Attributes that say when, where or in which process: they differ from run to run. */
const VOLATILE =
  /^(process_id|runtime-id|_dd\..*|_sampling.*|language|error\.stack|pathway\.hash|message\.commit_id|nr_exclusive.*|code\..*|start|duration|timestamp|.*peer\..*|out\.host|network\.destination\..*|messaging\.kafka\.bootstrap\.servers)$/;

/**
 * The spans with names in the place of ids, in an order of their own. `prefix` is what the names of this run's topics
 * begin with.
 */
export function normalSpans(spans: readonly Span[], prefix: string): readonly NormalSpan[] {
  const names = new Map(spans.map(({ id, name }) => [id, name]));
  const nameOf = (id: string): string => names.get(id) ?? "a span of nobody";
  const normal = spans.map(({ id: _id, traceId: _traceId, name, parent, links, attributes, ...facts }) => ({
    name,
    parent: parent === undefined ? "none" : nameOf(parent),
    links: links.map(nameOf).sort(),
    attributes: Object.fromEntries(
      Object.entries(attributes)
        .filter(([key]) => !VOLATILE.test(key))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    ...facts,
  }));
  const texts = normal.map((span) => JSON.stringify(span).replaceAll(`${prefix}-`, "")).sort();
  return texts.map((text) => JSON.parse(text) as NormalSpan);
}

/** Name, parent and links of each span: the shape of the traces. */
export function shapeOf(spans: readonly NormalSpan[]): readonly string[] {
  return spans.map(({ name, parent, links }) =>
    [
      name,
      ...(parent === "none" ? [] : [`in ${parent}`]),
      ...(links.length === 0 ? [] : [`links ${links.join()}`]),
    ].join(", "),
  );
}
