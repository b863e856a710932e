import { TemplateFault, typeError } from '../errors.ts'
import { calculate } from '../evaluate/arithmetic.ts'
import {
  bindArguments,
  flagArgument,
  integerArgument,
  textArgument,
} from '../values/bind-arguments.ts'
import { parseFloatText, parseInteger, toDecimals } from '../text/numbers.ts'
import { plainText } from '../text/text.ts'
import { isTrue } from '../values/truth.ts'
import { refuseUndefined } from '../values/undefined.ts'
import {
  type Arguments,
  classOf,
  type Filter,
  isText,
  type Run,
  toNumber,
  type Value,
} from '../values/value.ts'
import { isSpace } from '../text/white-space.ts'

/** Filters for numbers. */
export const numberFilters: readonly (readonly [string, Filter])[] = [
  ['abs', takeAbsolute],
  ['int', toInteger],
  ['float', toFloat],
  ['round', round],
  ['filesizeformat', formatFileSize],
]

function takeAbsolute(input: Value): Value {
  refuseUndefined(input)
  const number = toNumber(input)
  if (number === undefined) throw typeError(`bad operand type for abs(): '${classOf(input)}'`)
  return number < 0 || Object.is(number, -0) ? -number : number
}

function toInteger(input: Value, callArguments: Arguments, run: Run): Value {
  const [fallback = 0n, base] = bindArguments('int', callArguments, ['default?', 'base?'])
  refuseUndefined(input)
  const text = isText(input) ? trim(input.string) : undefined
  const radix = integerArgument(base, 10)
  // Only decimal digits are read at once.
  if (text !== undefined && radix !== 10) run.meter.charge(text.length * 2)
  const integer = text === undefined ? undefined : parseInteger(text, radix)
  if (integer !== undefined) return integer
  const number = text === undefined ? toNumber(input) : parseFloatText(text)
  if (typeof number === 'bigint') return number
  if (number === undefined || !Number.isFinite(number)) {
    if (number !== undefined && !Number.isNaN(number) && text === undefined)
      throw new TemplateFault('OverflowError', 'cannot convert float infinity to integer')
    return fallback
  }
  return BigInt(Math.trunc(number))
}

function toFloat(input: Value, callArguments: Arguments): Value {
  const [fallback = 0] = bindArguments('float', callArguments, ['default?'])
  refuseUndefined(input)
  const number = isText(input) ? parseFloatText(trim(input.string)) : toNumber(input)
  return number === undefined ? fallback : Number(number)
}

function trim(string: string): string {
  let [start, end] = [0, string.length]
  while (start < end && isSpace(string[start])) start += 1
  while (end > start && isSpace(string[end - 1])) end -= 1
  return string.slice(start, end)
}

function round(input: Value, callArguments: Arguments, run: Run): Value {
  const [digits, written] = bindArguments('round', callArguments, ['precision?', 'method?'])
  const method = textArgument(written, plainText('common')).string
  const precision = integerArgument(digits, 0)
  if (!['common', 'ceil', 'floor'].includes(method))
    throw new TemplateFault('FilterArgumentError', 'method must be common, ceil or floor')
  refuseUndefined(input)
  const number = toNumber(input)
  if (number === undefined)
    throw typeError(`type ${classOf(input)} doesn't define __round__ method`)
  if (method === 'common')
    return typeof number === 'bigint'
      ? roundInteger(number, precision, run)
      : roundFloat(number, precision)
  const scale = calculate('**', [10n, BigInt(precision)], run)
  const scaledNumber = Number(calculate('*', [number, scale], run))
  return calculate(
    '/',
    [BigInt(method === 'ceil' ? Math.ceil(scaledNumber) : Math.floor(scaledNumber)), scale],
    run,
  )
}

function roundInteger(number: bigint, precision: number, run: Run): bigint {
  if (precision >= 0) return number
  run.meter.charge(-precision)
  if (precision < -5_000) return 0n
  const unit = 10n ** BigInt(-precision)
  const remainder = ((number % unit) + unit) % unit
  const down = number - remainder
  const isUp = remainder * 2n > unit || (remainder * 2n === unit && (down / unit) % 2n !== 0n)
  return isUp ? down + unit : down
}

function roundFloat(number: number, precision: number): number {
  if (!Number.isFinite(number) || precision > 300) return number
  if (precision >= 0) return Number(toDecimals(number, Math.min(precision, 100)))
  const scale = 10 ** Math.min(-precision, 308)
  return Number(toDecimals(number / scale, 0)) * scale
}

function formatFileSize(input: Value, callArguments: Arguments): Value {
  const [binary] = bindArguments('filesizeformat', callArguments, ['binary?'])
  const base = flagArgument(binary) ? 1024 : 1000
  const parsed = isText(input) ? parseFloatText(trim(input.string)) : toNumber(input)
  if (parsed === undefined) throw typeError('filesizeformat takes a number')
  const number = Number(parsed)
  const units = isTrue(binary ?? false) ? binaryUnits : decimalUnits
  if (number === 1) return plainText('1 Byte')
  if (number < base) return plainText(`${Math.trunc(number)} Bytes`)
  const power = units.findIndex((_unit, index) => number < base ** (index + 2))
  const index = power < 0 ? units.length - 1 : power
  return plainText(`${toDecimals((base * number) / base ** (index + 2), 1)} ${units[index] ?? ''}`)
}

const decimalUnits = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB', 'ZB', 'YB']
const binaryUnits = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB', 'ZiB', 'YiB']
