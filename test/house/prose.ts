import ts from "typescript";

/** A piece of prose, as long as its place in the file, so that an offset in it leads to a line. */
export interface Prose {
  readonly start: number;
  readonly text: string;
}

/** Replaces each character except line breaks, so that lengths and line numbers stay. */
function blank(text: string, filler = " "): string {
  return text.replace(/[^\n]/g, filler);
}

/** Masks code between backticks: it is no prose. */
function maskCode(text: string): string {
  return text.replace(/`[^`\n]+`/g, (code) => blank(code, "x"));
}

/**
 * A line break inside a paragraph becomes a space, so that a phrase is also found where it wraps. One between
 * paragraphs, list items and table rows stays: a sentence ends there.
 */
function joinLines(text: string): string {
  return text.replace(/(?<=\S[ \t]*)\n(?![ \t]*(?:\n|[-*|] |\|\d+\. |$))/g, " ");
}

/** The prose of a Markdown page: without code blocks, headings and the targets of links. */
export function markdownProse(page: string): readonly Prose[] {
  const text = maskCode(page.replace(/^ *```[\s\S]*?^ *```/gm, (block) => blank(block)))
    .replace(/\]\([^)\s]*\)/g, (link) => `]${blank(link.slice(1))}`)
    .replace(/^#+ .*$/gm, (heading) => blank(heading));
  return [{ start: 0, text: joinLines(text).replace(/^[ \t]*(?:[-*]|\d+\.) /gm, (marker) => blank(marker)) }];
}

/** The comments of a source file; lines of `//` that follow each other are one comment. */
export function commentProse(source: ts.SourceFile): readonly Prose[] {
  const all = source.text;
  const merged: { start: number; end: number }[] = [];
  for (const { pos, end } of commentRanges(source)) {
    const last = merged.at(-1);
    const isContinued =
      last !== undefined && all.startsWith("//", pos) && /^\r?\n?[ \t]*$/.test(all.slice(last.end, pos));
    if (isContinued) last.end = end;
    else merged.push({ start: pos, end });
  }
  return merged.map(({ start, end }) => ({ start, text: withoutMarkers(all.slice(start, end)) }));
}

/** A comment without its slashes and stars, and without code. */
function withoutMarkers(comment: string): string {
  const text = maskCode(
    comment
      .replace(/^[ \t]*(?:\/\*\*?|\/\/|\*(?!\/))/gm, (marker) => blank(marker))
      .replace(/\*\/$/, "  ")
      .replace(/@\w+/g, (tag) => blank(tag)),
  );
  return joinLines(text).replace(/^[ \t]*(?:[-*]|\d+\.) /gm, (marker) => blank(marker));
}

/** Where the comments of a source file are, in order. */
function commentRanges(source: ts.SourceFile): readonly ts.CommentRange[] {
  const found = new Map<number, ts.CommentRange>();
  const visit = (node: ts.Node): void => {
    if (ts.isJSDoc(node)) return;
    const children = node.getChildren(source);
    const ranges =
      children.length > 0
        ? []
        : [
            ...(ts.getLeadingCommentRanges(source.text, node.pos) ?? []),
            ...(ts.getTrailingCommentRanges(source.text, node.end) ?? []),
          ];
    for (const range of ranges) found.set(range.pos, range);
    children.forEach(visit);
  };
  visit(source);
  return [...found.values()].sort((a, b) => a.pos - b.pos);
}

/** The texts of errors and log lines: every string in the arguments of a call that makes one. */
export function messageProse(source: ts.SourceFile): readonly Prose[] {
  const found: Prose[] = [];
  const visit = (node: ts.Node, isMessage: boolean): void => {
    if (isMessage && isText(node)) {
      const start = node.getStart(source) + 1;
      found.push({ start, text: maskCode(source.text.slice(start, node.end - 1)) });
    }
    const isMaker = (ts.isCallExpression(node) || ts.isNewExpression(node)) && MAKER.test(calleeName(node));
    ts.forEachChild(node, (child) => {
      visit(child, isMessage || isMaker);
    });
  };
  visit(source, false);
  return found;
}

/** The calls that make errors and log lines. */
const MAKER = /^(?:KafkaError|\w*[a-z]Error|log|warn)$/;

/** The last part of the name that is called. */
function calleeName({ expression }: ts.CallExpression | ts.NewExpression): string {
  if (ts.isPropertyAccessExpression(expression)) return expression.name.text;
  return ts.isIdentifier(expression) ? expression.text : "";
}

function isText(node: ts.Node): boolean {
  return (
    ts.isStringLiteral(node) ||
    ts.isNoSubstitutionTemplateLiteral(node) ||
    ts.isTemplateHead(node) ||
    ts.isTemplateMiddle(node) ||
    ts.isTemplateTail(node)
  );
}
