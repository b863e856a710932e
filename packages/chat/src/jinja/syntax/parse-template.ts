import { plainText } from '../text/text.ts'
import { tokenize } from '../lexer/lexer.ts'
import { createExpressionParser } from './parse-expression.ts'
import { parseFor, parseIf, parseWith } from './parse-flow.ts'
import { parseCallBlock, parseFilterBlock, parseMacro, parseSet } from './parse-definitions.ts'
import type { StatementParser } from './parsers.ts'
import type { Body, Statement } from './syntax-tree.ts'
import { createTokenStream } from './token-stream.ts'

/** Reads a template's source, in which every line break is `\n`. */
export function parseSource(source: string): Body {
  const stream = createTokenStream(tokenize(source), source)
  let isInLoop = false

  function parseWithin(isLoop: boolean, parse: () => Body): Body {
    const isOuterInLoop = isInLoop
    isInLoop = isLoop
    const body = parse()
    isInLoop = isOuterInLoop
    return body
  }

  const parser: StatementParser = {
    ...createExpressionParser(stream),
    parseBody: (...ends) => stream.nest(() => parseStatements(parser, ends, () => isInLoop)),
    parseBodyToEnd(end) {
      const body = parser.parseBody(end)
      stream.take()
      return body
    },
    parseLoopBody: (...ends) => parseWithin(true, () => parser.parseBody(...ends)),
    parseMacroBody: (end) => parseWithin(false, () => parser.parseBodyToEnd(end)),
  }
  return parser.parseBody()
}

function parseStatements(
  parser: StatementParser,
  ends: readonly string[],
  isInLoop: () => boolean,
): Body {
  const { stream } = parser
  const body: Statement[] = []
  for (;;) {
    const token = stream.take()
    if (token.type === 'data') {
      body.push({ type: 'data', text: plainText(token.value) })
    } else if (token.type === 'variable-begin') {
      body.push({ type: 'print', value: parser.parseTuple() })
      stream.expectType('variable-end')
    } else if (token.type === 'block-begin') {
      if (stream.isName(...ends)) return body
      const name = stream.expectType('name').value
      if ((name === 'break' || name === 'continue') && !isInLoop())
        throw stream.fail(`'${name}' outside of a loop`)
      body.push(...parseStatement(parser, name))
      stream.expectType('block-end')
    } else {
      if (ends.length === 0) return body
      throw stream.fail(`unexpected end of template, expected '${ends.join("' or '")}'`)
    }
  }
}

function parseStatement(parser: StatementParser, name: string): readonly Statement[] {
  const { stream } = parser
  switch (name) {
    case 'if':
      return [parseIf(parser)]
    case 'for':
      return [parseFor(parser)]
    case 'with':
      return [parseWith(parser)]
    case 'set':
      return [parseSet(parser)]
    case 'macro':
      return [parseMacro(parser)]
    case 'call':
      return [parseCallBlock(parser)]
    case 'filter':
      return [parseFilterBlock(parser)]
    case 'print':
      return parsePrint(parser)
    case 'break':
    case 'continue':
      return [{ type: name }]
    case 'generation':
      return [parseGeneration(parser)]
    case 'block':
      return [parseBlock(parser)]
    default:
      throw stream.fail(
        /^(?:include|import|from|extends)$/.test(name)
          ? `'${name}' needs another template, which a chat template does not have`
          : `unknown tag '${name}'`,
      )
  }
}

function parsePrint({ stream, parseExpression }: StatementParser): Statement[] {
  const statements: Statement[] = []
  do statements.push({ type: 'print', value: parseExpression() })
  while (stream.skipOperator(','))
  return statements
}

/** What stands in it is the model's reply, which only training needs to know. */
function parseGeneration(parser: StatementParser): Statement {
  parser.stream.expectType('block-end')
  return { type: 'block', isScoped: true, body: parser.parseMacroBody('endgeneration') }
}

function parseBlock(parser: StatementParser): Statement {
  const { stream } = parser
  const { value } = stream.expectType('name')
  const isScoped = stream.skipName('scoped')
  stream.skipName('required')
  stream.expectType('block-end')
  const body = parser.parseMacroBody('endblock')
  stream.skipName(value)
  return { type: 'block', isScoped, body }
}
