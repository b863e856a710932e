import { digitLimit, maxDigits } from '../text/integers.ts'
import { plainText } from '../text/text.ts'
import type { ExpressionParser } from './parsers.ts'
import { parseArguments } from './parse-arguments.ts'
import type { ArgumentNodes, Expression, FilterCall } from './syntax-tree.ts'
import type { TokenStream } from './token-stream.ts'

/** A literal, a name, or an expression in brackets. */
export function parsePrimary(parser: ExpressionParser): Expression {
  const { stream } = parser
  const token = stream.current()
  if (token.type === 'name') {
    stream.take()
    const value = constants.get(token.value)
    return value === undefined ? { type: 'name', name: token.value } : { type: 'constant', value }
  }
  if (token.type === 'string') {
    let string = ''
    while (stream.current().type === 'string') string += stream.take().value
    return { type: 'constant', value: plainText(string) }
  }
  if (token.type === 'integer' || token.type === 'float') {
    stream.take()
    const digits = token.value.replaceAll('_', '')
    return {
      type: 'constant',
      value: token.type === 'float' ? Number(digits) : readInteger(digits),
    }
  }
  if (stream.skipOperator('(')) {
    const value = parser.parseTuple({ isInParentheses: true })
    stream.expectOperator(')')
    return value
  }
  if (stream.skipOperator('['))
    return { type: 'list', items: parseItems(stream, ']', parser.parseExpression) }
  if (stream.skipOperator('{')) return { type: 'dict', entries: parseEntries(parser) }
  throw stream.fail('expected an expression')
}

/** An integer as it is written, e.g. with `0x`. */
function readInteger(digits: string): bigint {
  if (digits.length > maxDigits) throw digitLimit()
  return BigInt(digits)
}

const constants = new Map<string, boolean | null>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
])

function parseEntries({ stream, parseExpression }: ExpressionParser) {
  return parseItems(stream, '}', () => {
    const key = parseExpression()
    stream.expectOperator(':')
    return [key, parseExpression()] as const
  })
}

function parseItems<T>(stream: TokenStream, close: string, parseItem: () => T): T[] {
  const items: T[] = []
  while (!stream.isOperator(close)) {
    if (items.length > 0) stream.expectOperator(',')
    if (stream.isOperator(close)) break
    items.push(parseItem())
  }
  stream.expectOperator(close)
  return items
}

/** Attributes, items, calls, and then filters and tests, which bind less tightly. */
export function parsePostfix(
  parser: ExpressionParser,
  start: Expression,
  hasFilters: boolean,
): Expression {
  const { stream } = parser
  let expression = start
  for (let depth = 0; ; depth += 1) {
    if (depth > 200) throw stream.fail('too many attributes, calls or filters in a row')
    const next = parseAccess(parser, expression)
    if (!next) break
    expression = next
  }
  for (let depth = 0; hasFilters; depth += 1) {
    if (depth > 200) throw stream.fail('too many attributes, calls or filters in a row')
    if (stream.isOperator('|'))
      expression = { type: 'filter', input: expression, filter: parseFilterCall(parser) }
    else if (stream.skipName('is')) expression = parseTest(parser, expression)
    else if (stream.isOperator('('))
      expression = { type: 'call', callee: expression, arguments: parseArguments(parser) }
    else break
  }
  return expression
}

function parseAccess(parser: ExpressionParser, object: Expression): Expression | undefined {
  const { stream } = parser
  if (stream.isOperator('('))
    return { type: 'call', callee: object, arguments: parseArguments(parser) }
  if (stream.skipOperator('.')) {
    const { type, value } = stream.take()
    if (type === 'name') return { type: 'attribute', object, name: value }
    if (type !== 'integer') throw stream.fail('expected a name or a number after the dot')
    return { type: 'item', object, index: { type: 'constant', value: readInteger(value) } }
  }
  if (!stream.skipOperator('[')) return undefined
  const subscript = parseSubscript(parser, object)
  if (!stream.isOperator(',')) {
    stream.expectOperator(']')
    return subscript
  }
  if (subscript.type !== 'item') throw stream.fail('a slice stands alone in its brackets')
  const items = [subscript.index]
  while (stream.skipOperator(',')) items.push(parser.parseExpression())
  stream.expectOperator(']')
  return { type: 'item', object, index: { type: 'tuple', items } }
}

function parseSubscript({ stream, parseExpression }: ExpressionParser, object: Expression) {
  const parseBound = () => (stream.isOperator(':', ']') ? undefined : parseExpression())
  const index = parseBound()
  if (!stream.isOperator(':')) {
    // Nothing in the brackets is an empty tuple.
    return { type: 'item' as const, object, index: index ?? { type: 'tuple', items: [] } }
  }
  const bounds = [index]
  while (bounds.length < 3 && stream.skipOperator(':')) bounds.push(parseBound())
  return { type: 'slice' as const, object, bounds }
}

/** A filter with its `|`. */
export function parseFilterCall(parser: ExpressionParser): FilterCall {
  parser.stream.expectOperator('|')
  return parseFilterName(parser)
}

/** A filter without its `|`, as a filter block starts. */
export function parseFilterName(parser: ExpressionParser): FilterCall {
  const name = parseDottedName(parser.stream)
  const filterArguments = parser.stream.isOperator('(') ? parseArguments(parser) : noArgumentNodes
  return { name, arguments: filterArguments }
}

function parseDottedName(stream: TokenStream): string {
  let name = stream.expectType('name').value
  while (stream.skipOperator('.')) name += `.${stream.expectType('name').value}`
  return name
}

const noArgumentNodes: ArgumentNodes = {
  positional: [],
  named: [],
  spread: undefined,
  namedSpread: undefined,
}

function parseTest(parser: ExpressionParser, input: Expression): Expression {
  const { stream } = parser
  const isNegated = stream.skipName('not')
  const name = parseDottedName(stream)
  const test = { type: 'test', input, name, arguments: parseTestArguments(parser) } as const
  return isNegated ? { type: 'not', operand: test } : test
}

/** A test's one argument may stand without parentheses. */
function parseTestArguments(parser: ExpressionParser): ArgumentNodes {
  const { stream } = parser
  if (stream.isOperator('(')) return parseArguments(parser)
  const isArgument =
    ['name', 'string', 'integer', 'float'].includes(stream.current().type) ||
    stream.isOperator('[', '{')
  if (!isArgument || stream.isName('else', 'or', 'and')) return noArgumentNodes
  if (stream.isName('is')) throw stream.fail('tests cannot be chained with is')
  const argument = stream.nest(() => parsePostfix(parser, parsePrimary(parser), false))
  return { ...noArgumentNodes, positional: [argument] }
}
