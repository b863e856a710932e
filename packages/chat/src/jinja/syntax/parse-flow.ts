import { parseTarget } from './parse-target.ts'
import type { StatementParser } from './parsers.ts'
import type { Body, Expression, ForStatement, Statement, Target } from './syntax-tree.ts'

export function parseIf(parser: StatementParser): Statement {
  const { stream, parseBody, parseTuple, parseUnconditional } = parser
  const branches: { condition: Expression; body: Body }[] = []
  for (;;) {
    const condition = parseTuple({ parseItem: parseUnconditional })
    stream.expectType('block-end')
    branches.push({ condition, body: parseBody('elif', 'else', 'endif') })
    if (!stream.skipName('elif')) break
  }
  return { type: 'if', branches, otherwise: parseElse(parser, 'endif') }
}

export function parseFor(parser: StatementParser): ForStatement {
  const { stream, parseTuple, parseUnconditional } = parser
  const target = parseTarget(parser, { end: 'in' })
  stream.expectName('in')
  const iterable = parseTuple({ parseItem: parseUnconditional, end: 'recursive' })
  const condition = stream.skipName('if') ? parser.parseExpression() : undefined
  const isRecursive = stream.skipName('recursive')
  stream.expectType('block-end')
  const body = parser.parseLoopBody('endfor', 'else')
  const otherwise = parseElse(parser, 'endfor')
  return { type: 'for', target, iterable, condition, isRecursive, body, otherwise }
}

function parseElse({ stream, parseBodyToEnd }: StatementParser, end: string): Body {
  if (!stream.skipName('else')) {
    stream.take()
    return []
  }
  stream.expectType('block-end')
  return parseBodyToEnd(end)
}

export function parseWith(parser: StatementParser): Statement {
  const { stream } = parser
  const assignments: [Target, Expression][] = []
  while (stream.current().type !== 'block-end') {
    if (assignments.length > 0) stream.expectOperator(',')
    const target = parseTarget(parser, {})
    stream.expectOperator('=')
    assignments.push([target, parser.parseExpression()])
  }
  stream.expectType('block-end')
  return { type: 'with', assignments, body: parser.parseBodyToEnd('endwith') }
}
