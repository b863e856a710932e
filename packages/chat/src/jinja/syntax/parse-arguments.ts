import type { ExpressionParser } from './parsers.ts'
import type { ArgumentNodes, Expression } from './syntax-tree.ts'

/** The arguments of a call, with their parentheses. */
export function parseArguments({ stream, parseExpression }: ExpressionParser): ArgumentNodes {
  const positional: Expression[] = []
  const named: [string, Expression][] = []
  let spread: Expression | undefined
  let namedSpread: Expression | undefined

  stream.expectOperator('(')
  for (let count = 0; !stream.isOperator(')'); count += 1) {
    if (count > 0) stream.expectOperator(',')
    if (stream.isOperator(')')) break

    const isNamed = stream.current().type === 'name' && stream.look().value === '='
    const isLate = namedSpread !== undefined || (spread !== undefined && !isNamed)
    if (stream.skipOperator('**')) {
      if (namedSpread) throw stream.fail('a call takes one argument with **')
      namedSpread = parseExpression()
    } else if (isLate || (named.length > 0 && !isNamed && !stream.isOperator('*'))) {
      throw stream.fail('an argument without a name follows one with a name')
    } else if (stream.skipOperator('*')) {
      spread = parseExpression()
    } else if (isNamed && stream.look().type === 'operator') {
      const name = stream.take().value
      stream.take()
      named.push([name, parseExpression()])
    } else {
      positional.push(parseExpression())
    }
  }
  stream.expectOperator(')')
  return { positional, named, spread, namedSpread }
}
