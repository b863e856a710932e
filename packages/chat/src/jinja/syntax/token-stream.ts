import { TemplateLimit, type TemplateSyntaxError } from '../errors.ts'
import { syntaxError } from '../lexer/lexer.ts'
import type { Token } from '../lexer/tokens.ts'

/** The tokens of a template, read from front to back. */
export interface TokenStream {
  current(): Token
  /** The token after the current one. */
  look(): Token
  /** Returns the current token and goes on to the next. */
  take(): Token
  isOperator(...values: string[]): boolean
  isName(...values: string[]): boolean
  /** Goes on if the current token is the one named, and says whether it was. */
  skipOperator(value: string): boolean
  skipName(value: string): boolean
  expectOperator(value: string): void
  expectName(value: string): void
  expectType(type: Token['type']): Token
  fail(message: string): TemplateSyntaxError
  /** Parses something that may hold itself; throws `TemplateLimit` where it goes too deep. */
  nest<T>(parse: () => T): T
}

// Python allows 200 parentheses inside one another. A level here is about seven function calls.
const maxDepth = 150

export function createTokenStream(tokens: readonly Token[], source: string): TokenStream {
  const end: Token = { type: 'end', value: '', offset: source.length }
  let position = 0
  let depth = 0

  const current = () => tokens[position] ?? end
  const is = (type: Token['type'], values: readonly string[]) =>
    current().type === type && values.includes(current().value)

  function skip(type: Token['type'], value: string): boolean {
    const isThere = is(type, [value])
    if (isThere) position += 1
    return isThere
  }

  function fail(message: string): TemplateSyntaxError {
    return syntaxError(message, source, current().offset)
  }

  function expect(type: Token['type'], value: string): void {
    if (!skip(type, value)) throw fail(`expected '${value}', got '${describe(current())}'`)
  }

  return {
    current,
    look: () => tokens[position + 1] ?? end,
    take() {
      const token = current()
      position += 1
      return token
    },
    isOperator: (...values) => is('operator', values),
    isName: (...values) => is('name', values),
    skipOperator: (value) => skip('operator', value),
    skipName: (value) => skip('name', value),
    expectOperator: (value) => expect('operator', value),
    expectName: (value) => expect('name', value),
    expectType(type) {
      const token = current()
      if (token.type !== type) throw fail(`expected ${type}, got '${describe(token)}'`)
      position += 1
      return token
    },
    fail,
    nest(parse) {
      depth += 1
      if (depth > maxDepth)
        throw new TemplateLimit('nesting', `the template nests more than ${maxDepth} levels deep`)
      const result = parse()
      depth -= 1
      return result
    },
  }
}

/** A token as messages show it. */
function describe({ type, value }: Token): string {
  if (type === 'end') return 'end of template'
  return type === 'data' || type === 'string' ? type : value || type
}
