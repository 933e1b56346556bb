import { type AnyNode, type Expression, type Node, parse } from 'acorn';

/** A change of a program in one place. */
export interface Mutation {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** Comparisons are moved by one. */
const OPERATORS: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '-': '+',
  '*': '/',
  '/': '*',
  '|': '&',
  '&': '|',
  '+=': '-=',
  '-=': '+=',
  '|=': '&=',
  '&=': '|=',
};

/** Returns the changes of a module of JavaScript that may change what it does, in the order of their places. */
export function mutationsOf(program: string): Mutation[] {
  const found: Mutation[] = [];
  const replace = ({ start, end }: Node, replacement: string) => found.push({ start, end, replacement });
  const textOf = ({ start, end }: Node) => program.slice(start, end);
  const negate = (test: Expression) => replace(test, `!(${textOf(test)})`);
  /** The operator stands between the two. */
  const swap = (left: Node, right: Node, operator: string, by = OPERATORS[operator]) => {
    if (by === undefined) return;
    const start = program.indexOf(operator, left.end);
    if (start < right.start) found.push({ start, end: start + operator.length, replacement: by });
  };
  const change = (node: AnyNode): void => {
    switch (node.type) {
      case 'IfStatement':
      case 'ConditionalExpression':
      case 'WhileStatement':
        negate(node.test);
        break;
      case 'ForStatement':
        if (node.test) negate(node.test);
        break;
      case 'LogicalExpression':
        replace(node, textOf(node.left));
        replace(node, textOf(node.right));
        break;
      case 'AssignmentExpression':
        if (/^(?:\?\?|\|\||&&)=$/.test(node.operator)) swap(node.left, node.right, node.operator, '=');
        else swap(node.left, node.right, node.operator);
        break;
      case 'BinaryExpression':
        swap(node.left, node.right, node.operator);
        break;
      case 'UnaryExpression':
        if (node.operator === '!' || node.operator === '-' || node.operator === '~')
          replace(node, textOf(node.argument));
        break;
      case 'UpdateExpression':
        replace(node, textOf(node).replace(node.operator, node.operator === '++' ? '--' : '++'));
        break;
      case 'ExpressionStatement':
      case 'ThrowStatement':
      case 'BreakStatement':
      case 'ContinueStatement':
        replace(node, ';');
        break;
      case 'ReturnStatement':
        if (!node.argument) replace(node, ';');
        break;
      case 'Literal':
        if (typeof node.value === 'number') replace(node, `(${node.value} + 1)`);
        else if (typeof node.value === 'boolean') replace(node, String(!node.value));
        else if (typeof node.value === 'string') replace(node, node.value === '' ? "'changed'" : "''");
        break;
      default:
    }
  };
  const visit = (node: AnyNode): void => {
    change(node);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(parse(program, { ecmaVersion: 'latest', sourceType: 'module' }));
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Without the names of modules and of members, which are not constants. */
function* childrenOf(node: AnyNode): Generator<AnyNode> {
  if (node.type === 'ImportDeclaration' || node.type === 'ExportAllDeclaration') return;
  for (const [name, value] of Object.entries(node)) {
    if (name === 'key' && !('computed' in node && node.computed)) continue;
    for (const child of [value].flat()) if (isNode(child)) yield child;
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}
