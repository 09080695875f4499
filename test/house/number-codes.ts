import ts from "typescript";

/** A broker error code that is written as a number: the line, and the source text. */
export interface NumberCode {
  readonly line: number;
  readonly text: string;
}

/** Functions of src/errors whose first argument is a code. */
const TAKES_CODE = ["brokerError", "brokerErrorName", "isRetriable", "refreshesMetadata"];
const CODE_NAME = /^(?:code|errorCode)$/;
const LIST_NAME = /(?:codes|errors)$/i;

function isNumber(node: ts.Expression): boolean {
  return ts.isNumericLiteral(node) || (ts.isPrefixUnaryExpression(node) && ts.isNumericLiteral(node.operand));
}

/** The expression without parentheses and without a default: `(answer.code ?? 0)` becomes `answer.code`. */
function withoutDefault(node: ts.Expression): ts.Expression {
  if (ts.isParenthesizedExpression(node)) return withoutDefault(node.expression);
  const isDefaulted = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken;
  return isDefaulted ? withoutDefault(node.left) : node;
}

function isCode(node: ts.Expression): boolean {
  const bare = withoutDefault(node);
  if (ts.isIdentifier(bare)) return CODE_NAME.test(bare.text);
  if (ts.isPropertyAccessExpression(bare)) return CODE_NAME.test(bare.name.text);
  return (
    ts.isElementAccessExpression(bare) &&
    ts.isStringLiteral(bare.argumentExpression) &&
    CODE_NAME.test(bare.argumentExpression.text)
  );
}

/** The name of the variable, property or call whose value a list is; undefined for others. */
function listName(list: ts.ArrayLiteralExpression): string | undefined {
  let { parent } = list as ts.Node;
  while (ts.isAsExpression(parent) || ts.isNewExpression(parent) || ts.isPropertyAssignment(parent)) {
    if (ts.isPropertyAssignment(parent) && LIST_NAME.test(parent.name.getText())) return parent.name.getText();
    parent = ts.isPropertyAssignment(parent) ? parent.parent.parent : parent.parent;
  }
  if (ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent)) return parent.name.getText();
  if (!ts.isPropertyAccessExpression(parent) || parent.name.text !== "includes") return undefined;
  const [asked] = ts.isCallExpression(parent.parent) ? parent.parent.arguments : [];
  return asked !== undefined && isCode(asked) ? "codes" : undefined;
}

function isNumberCode(node: ts.Node): boolean {
  if (ts.isBinaryExpression(node))
    return (isNumber(node.right) && isCode(node.left)) || (isNumber(node.left) && isCode(node.right));
  if (ts.isPropertyAssignment(node)) return CODE_NAME.test(node.name.getText()) && isNumber(node.initializer);
  if (ts.isCaseClause(node)) return isNumber(node.expression) && isCode(node.parent.parent.expression);
  if (ts.isArrayLiteralExpression(node))
    return node.elements.length > 0 && node.elements.every(isNumber) && LIST_NAME.test(listName(node) ?? "");
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return false;
  const [first] = node.arguments;
  return TAKES_CODE.includes(node.expression.text) && first !== undefined && isNumber(first);
}

/**
 * The broker error codes that a file writes as numbers: those compared with, or assigned to, `code` or `errorCode`,
 * those passed to functions that take a code, and lists of numbers named `…Codes` or `…Errors`.
 */
export function numberCodesIn(source: ts.SourceFile): readonly NumberCode[] {
  const found: NumberCode[] = [];
  const visit = (node: ts.Node): void => {
    if (isNumberCode(node)) {
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      found.push({ line, text: node.getText().replace(/\s+/g, " ").slice(0, 80) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
