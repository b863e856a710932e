import type { Body, Expression } from './syntax-tree.ts'
import type { TokenStream } from './token-stream.ts'

export interface ExpressionParser {
  readonly stream: TokenStream
  parseExpression(): Expression
  /** Without `a if b else c`, as after `in` of a loop. */
  parseUnconditional(): Expression
  /** One expression, or several with commas between them, which are a tuple. */
  parseTuple(options?: TupleOptions): Expression
}

export interface TupleOptions {
  readonly parseItem?: () => Expression
  /** The name that ends the tuple. */
  readonly end?: string
  readonly isInParentheses?: boolean
}

export interface StatementParser extends ExpressionParser {
  /** The statements up to a block with one of the names, whose name is the current token then. */
  parseBody(...ends: string[]): Body
  /** The statements up to the end of a block, and that end. */
  parseBodyToEnd(end: string): Body
  /** A body in which `break` and `continue` may stand. */
  parseLoopBody(...ends: string[]): Body
  /** A body, up to its end, in which they may not. */
  parseMacroBody(end: string): Body
}
