import type { ExpressionParser } from './parsers.ts'
import { parsePrimary } from './parse-primary.ts'
import type { Expression, Target } from './syntax-tree.ts'

/** What is assigned to: a name, several names, or an attribute of a namespace. */
export function parseTarget(
  parser: ExpressionParser,
  { end, takesMember = false }: { readonly end?: string; readonly takesMember?: boolean },
): Target {
  const { stream } = parser
  const parseItem = (): Expression => {
    if (!takesMember || stream.current().type !== 'name' || stream.look().value !== '.')
      return parsePrimary(parser)
    const object: Expression = { type: 'name', name: stream.take().value }
    stream.take()
    return { type: 'attribute', object, name: stream.expectType('name').value }
  }
  const expression =
    end === 'in' || takesMember
      ? parser.parseTuple({ parseItem, ...(end !== undefined && { end }) })
      : parsePrimary(parser)
  return toTarget(parser, expression)
}

function toTarget(parser: ExpressionParser, written: Expression): Target {
  if (written.type === 'name') return { type: 'name', name: written.name }
  if (written.type === 'attribute' && written.object.type === 'name')
    return { type: 'member', namespace: written.object.name, name: written.name }
  if (written.type === 'tuple')
    return { type: 'tuple', items: written.items.map((item) => toTarget(parser, item)) }
  throw parser.stream.fail(`cannot assign to a ${written.type}`)
}
