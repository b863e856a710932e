import { parseFilterCall, parseFilterName } from './parse-primary.ts'
import { parseTarget } from './parse-target.ts'
import type { StatementParser } from './parsers.ts'
import { readsName } from './reads-name.ts'
import type { Body, FilterCall, MacroStatement, Parameter, Statement } from './syntax-tree.ts'

export function parseSet(parser: StatementParser): Statement {
  const { stream } = parser
  const target = parseTarget(parser, { takesMember: true })
  if (stream.skipOperator('=')) return { type: 'set', target, value: parser.parseTuple() }
  const filters = parseFilters(parser)
  stream.expectType('block-end')
  return { type: 'set-block', target, filters, body: parser.parseBodyToEnd('endset') }
}

function parseFilters(parser: StatementParser): FilterCall[] {
  const filters: FilterCall[] = []
  while (parser.stream.isOperator('|')) filters.push(parseFilterCall(parser))
  return filters
}

export function parseFilterBlock(parser: StatementParser): Statement {
  const filters = [parseFilterName(parser), ...parseFilters(parser)]
  parser.stream.expectType('block-end')
  return { type: 'filter-block', filters, body: parser.parseBodyToEnd('endfilter') }
}

export function parseMacro(parser: StatementParser): MacroStatement {
  const name = parser.stream.expectType('name').value
  const parameters = parseParameters(parser)
  parser.stream.expectType('block-end')
  return createMacro(name, parameters, parser.parseMacroBody('endmacro'))
}

export function parseCallBlock(parser: StatementParser): Statement {
  const { stream } = parser
  const parameters = stream.isOperator('(') ? parseParameters(parser) : []
  const call = parser.parseExpression()
  if (call.type !== 'call') throw stream.fail('expected call')
  stream.expectType('block-end')
  const macro = createMacro('caller', parameters, parser.parseMacroBody('endcall'))
  return { type: 'call-block', call, macro }
}

function parseParameters(parser: StatementParser): Parameter[] {
  const { stream } = parser
  const parameters: Parameter[] = []
  stream.expectOperator('(')
  while (!stream.isOperator(')')) {
    if (parameters.length > 0) stream.expectOperator(',')
    const name = stream.expectType('name').value
    const value = stream.skipOperator('=') ? parser.parseExpression() : undefined
    if (!value && parameters.at(-1)?.default)
      throw stream.fail('a parameter without a default follows one with a default')
    parameters.push({ name, default: value })
  }
  stream.expectOperator(')')
  return parameters
}

function createMacro(name: string, parameters: readonly Parameter[], body: Body): MacroStatement {
  const takesName = (wanted: string) =>
    !parameters.some((parameter) => parameter.name === wanted) && readsName(body, wanted)
  const implicitNames = {
    varargs: takesName('varargs'),
    kwargs: takesName('kwargs'),
    caller: takesName('caller') || parameters.some((parameter) => parameter.name === 'caller'),
  }
  return { type: 'macro', name, parameters, body, implicitNames }
}
