import { TemplateFault, typeError } from '../errors.ts'
import { formatPercent } from '../formatting/percent.ts'
import type { ArithmeticOperator } from '../syntax/syntax-tree.ts'
import { chargeInteger, digitLimit, limitInteger, maxDigits } from '../text/integers.ts'
import { escapeText, joinTexts, repeatText, toMarkup } from '../text/text.ts'
import { refuseUndefined } from '../values/undefined.ts'
import { classOf, isText, type Run, type TextValue, toNumber, type Value } from '../values/value.ts'

/** The operators of Python on two values. */
export function calculate(
  operator: ArithmeticOperator,
  [left, right]: readonly [Value, Value],
  run: Run,
): Value {
  if (operator === '%' && isText(left)) return formatPercent(left, right, run)
  refuseUndefined(left, right)
  const [leftNumber, rightNumber] = [toNumber(left), toNumber(right)]
  if (leftNumber !== undefined && rightNumber !== undefined) {
    if (typeof leftNumber === 'bigint') chargeInteger(leftNumber, run)
    if (typeof rightNumber === 'bigint') chargeInteger(rightNumber, run)
    if (typeof leftNumber === 'bigint' && typeof rightNumber === 'bigint') {
      const result = limitInteger(calculateIntegers(operator, leftNumber, rightNumber))
      if (typeof result === 'bigint') chargeInteger(result, run)
      return result
    }
    return calculateFloats(operator, Number(leftNumber), Number(rightNumber))
  }
  const result =
    operator === '+' ? add(left, right, run) : operator === '*' ? repeat(left, right, run) : null
  if (result !== null) return result
  const name = operator === '**' ? '** or pow()' : operator
  throw typeError(
    `unsupported operand type(s) for ${name}: '${classOf(left)}' and '${classOf(right)}'`,
  )
}

/** `+value` and `-value` of Python. */
export function applySign(operator: '+' | '-', value: Value): Value {
  refuseUndefined(value)
  const number = toNumber(value)
  if (number === undefined)
    throw typeError(`bad operand type for unary ${operator}: '${classOf(value)}'`)
  return operator === '-' ? -number : number
}

function calculateIntegers(operator: ArithmeticOperator, left: bigint, right: bigint): Value {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      if (right === 0n) throw zeroDivision('division by zero')
      return Number(left) / Number(right)
    case '//':
      if (right === 0n) throw zeroDivision('integer division or modulo by zero')
      return floorDivide(left, right)
    case '%':
      if (right === 0n) throw zeroDivision('integer modulo by zero')
      return left - right * floorDivide(left, right)
    case '**':
      return right < 0n ? calculateFloats('**', Number(left), Number(right)) : power(left, right)
  }
}

function floorDivide(left: bigint, right: bigint): bigint {
  const quotient = left / right
  return left % right !== 0n && left < 0n !== right < 0n ? quotient - 1n : quotient
}

function power(base: bigint, exponent: bigint): bigint {
  const digits = base < 0n ? String(base).length - 1 : String(base).length
  if (base > 1n || base < -1n) {
    if (exponent > maxDigits || BigInt(digits - 1) * exponent > maxDigits) throw digitLimit()
  }
  // The exponent of 0, 1 and -1 only matters as even or odd.
  return base > 1n || base < -1n
    ? base ** exponent
    : base ** (exponent < 2n ? exponent : (exponent % 2n) + 2n)
}

function calculateFloats(operator: ArithmeticOperator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      if (right === 0) throw zeroDivision('float division by zero')
      return left / right
    case '//':
      if (right === 0) throw zeroDivision('float floor division by zero')
      return Math.floor(left / right)
    case '%': {
      if (right === 0) throw zeroDivision('float modulo')
      const remainder = left % right
      return remainder !== 0 && remainder < 0 !== right < 0 ? remainder + right : remainder
    }
    case '**':
      return floatPower(left, right)
  }
}

function floatPower(left: number, right: number): number {
  if (left === 0 && right < 0) throw zeroDivision('0.0 cannot be raised to a negative power')
  const result = left ** right
  if (!Number.isFinite(result) && Number.isFinite(left) && Number.isFinite(right)) {
    if (left < 0 && !Number.isInteger(right)) throw typeError('complex numbers are not supported')
    throw new TemplateFault('OverflowError', 'numerical result out of range')
  }
  return result
}

function zeroDivision(message: string): TemplateFault {
  return new TemplateFault('ZeroDivisionError', message)
}

function add(left: Value, right: Value, run: Run): Value {
  if (isText(left) && isText(right)) return addTexts(left, right, run)
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right) return null
  if (left.type === 'list' && right.type === 'list') {
    run.meter.chargeItems(left.items.length + right.items.length)
    return { type: 'list', items: [...left.items, ...right.items] }
  }
  if (left.type === 'tuple' && right.type === 'tuple') {
    run.meter.chargeItems(left.items.length + right.items.length)
    return { type: 'tuple', items: [...left.items, ...right.items] }
  }
  if (isText(left)) throw typeError(`can only concatenate str (not "${classOf(right)}") to str`)
  if (left.type === 'list')
    throw typeError(`can only concatenate list (not "${classOf(right)}") to list`)
  return null
}

function addTexts(left: TextValue, right: TextValue, run: Run): TextValue {
  run.meter.chargeText(left.string.length + right.string.length)
  if (!left.isMarkup && !right.isMarkup) return joinTexts([left, right])
  return toMarkup(joinTexts([escapeText(left, run), escapeText(right, run)]))
}

function repeat(left: Value, right: Value, run: Run): Value {
  const [value, count] = typeof left === 'object' ? [left, right] : [right, left]
  const times = Number(
    typeof count === 'boolean' ? BigInt(count) : typeof count === 'bigint' ? count : Number.NaN,
  )
  if (Number.isNaN(times) || typeof value !== 'object' || value === null) return null
  if (value.type === 'text') {
    run.meter.chargeText(value.string.length * Math.max(times, 0))
    if (value.callerRanges.length > 0) run.meter.charge(value.callerRanges.length * times)
    return repeatText(value, times)
  }
  if (value.type !== 'list' && value.type !== 'tuple') return null
  run.meter.chargeItems(value.items.length * Math.max(times, 0))
  const items = repeatItems(value.items, value.items.length > 0 ? times : 0)
  return { type: value.type, items }
}

function repeatItems<T>(items: readonly T[], times: number): T[] {
  const repeatedItems: T[] = []
  for (let index = 0; index < times; index += 1) repeatedItems.push(...items)
  return repeatedItems
}
