import { parsePostfix, parsePrimary } from './parse-primary.ts'
import type { ExpressionParser, TupleOptions } from './parsers.ts'
import type { ArithmeticOperator, Comparison, Expression } from './syntax-tree.ts'
import type { TokenStream } from './token-stream.ts'

export function createExpressionParser(stream: TokenStream): ExpressionParser {
  const parser: ExpressionParser = {
    stream,
    parseExpression: () => stream.nest(() => parseConditional(parser)),
    parseUnconditional: () => stream.nest(() => parseOr(parser)),
    parseTuple: (options) => parseTuple(parser, options),
  }
  return parser
}

function parseTuple(
  { stream, parseExpression }: ExpressionParser,
  { parseItem = parseExpression, end, isInParentheses = false }: TupleOptions = {},
): Expression {
  const items: Expression[] = []
  let isTuple = false
  const isAtEnd = () =>
    ['variable-end', 'block-end'].includes(stream.current().type) ||
    stream.isOperator(')') ||
    (end !== undefined && stream.isName(end))

  while (!isAtEnd()) {
    items.push(parseItem())
    if (!stream.skipOperator(',')) break
    isTuple = true
  }
  const [only] = items
  if (!isTuple && only) return only
  if (!isTuple && !isInParentheses) throw stream.fail('expected an expression')
  return { type: 'tuple', items }
}

function parseConditional(parser: ExpressionParser): Expression {
  const { stream } = parser
  let expression = parseOr(parser)
  for (let depth = 0; stream.skipName('if'); depth += 1) {
    checkChain(stream, depth)
    const condition = parseOr(parser)
    const otherwise = stream.skipName('else') ? parser.parseExpression() : undefined
    expression = { type: 'conditional', condition, value: expression, otherwise }
  }
  return expression
}

function parseOr(parser: ExpressionParser): Expression {
  let left = parseAnd(parser)
  for (let depth = 0; parser.stream.skipName('or'); depth += 1) {
    checkChain(parser.stream, depth)
    left = { type: 'or', left, right: parseAnd(parser) }
  }
  return left
}

function parseAnd(parser: ExpressionParser): Expression {
  let left = parseNot(parser)
  for (let depth = 0; parser.stream.skipName('and'); depth += 1) {
    checkChain(parser.stream, depth)
    left = { type: 'and', left, right: parseNot(parser) }
  }
  return left
}

function parseNot(parser: ExpressionParser): Expression {
  const { stream } = parser
  if (!stream.skipName('not')) return parseComparison(parser)
  return stream.nest(() => ({ type: 'not', operand: parseNot(parser) }))
}

function parseComparison(parser: ExpressionParser): Expression {
  const first = parseSum(parser)
  const rest: { operator: Comparison; value: Expression }[] = []
  for (;;) {
    const operator = takeComparison(parser.stream)
    if (!operator) break
    rest.push({ operator, value: parseSum(parser) })
  }
  return rest.length > 0 ? { type: 'compare', first, rest } : first
}

function takeComparison(stream: TokenStream): Comparison | undefined {
  const operator = comparisons.find((candidate) => stream.skipOperator(candidate))
  if (operator) return operator
  if (stream.skipName('in')) return 'in'
  const { type, value } = stream.look()
  if (!stream.isName('not') || type !== 'name' || value !== 'in') return undefined
  stream.take()
  stream.take()
  return 'not in'
}

const comparisons: readonly Comparison[] = ['==', '!=', '<=', '>=', '<', '>']

function parseSum(parser: ExpressionParser): Expression {
  return parseChain(parser, ['+', '-'], parseConcat)
}

function parseConcat(parser: ExpressionParser): Expression {
  const parts = [parseProduct(parser)]
  while (parser.stream.skipOperator('~')) parts.push(parseProduct(parser))
  const [only] = parts
  return parts.length === 1 && only ? only : { type: 'concat', parts }
}

function parseProduct(parser: ExpressionParser): Expression {
  return parseChain(parser, ['*', '/', '//', '%'], parsePower)
}

// Jinja's powers are read from left to right, unlike Python's.
function parsePower(parser: ExpressionParser): Expression {
  return parseChain(parser, ['**'], parseUnary)
}

function parseChain(
  parser: ExpressionParser,
  operators: readonly ArithmeticOperator[],
  parseOperand: (parser: ExpressionParser) => Expression,
): Expression {
  let left = parseOperand(parser)
  for (let depth = 0; ; depth += 1) {
    checkChain(parser.stream, depth)
    const operator = operators.find((candidate) => parser.stream.skipOperator(candidate))
    if (!operator) return left
    left = { type: 'binary', operator, left, right: parseOperand(parser) }
  }
}

/** A chain of operators is as deep as it is long. */
function checkChain(stream: TokenStream, depth: number): void {
  if (depth > 200) throw stream.fail('too many operators in one expression')
}

function parseUnary(parser: ExpressionParser, hasFilters = true): Expression {
  const { stream } = parser
  const operator = stream.isOperator('-') ? '-' : stream.isOperator('+') ? '+' : undefined
  if (!operator) return parsePostfix(parser, parsePrimary(parser), hasFilters)
  stream.take()
  const operand = stream.nest(() => parseUnary(parser, false))
  return parsePostfix(parser, { type: 'sign', operator, operand }, hasFilters)
}
