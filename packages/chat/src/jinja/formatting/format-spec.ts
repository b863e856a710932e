import { typeError, valueError } from '../errors.ts'
import { offsetOfCodePoint } from '../text/code-points.ts'
import { toText } from '../text/describe.ts'
import { chargeInteger } from '../text/integers.ts'
import { plainText, sliceText, textLike } from '../text/text.ts'
import { classOf, isText, type Run, type TextValue, type Value } from '../values/value.ts'
import { floatDigits, integerDigits } from './number-spec.ts'
import { type Alignment, padText } from './padding.ts'

interface Spec {
  readonly fill: string
  readonly alignment: Alignment | '=' | undefined
  readonly sign: string
  readonly isAlternate: boolean
  readonly width: number
  readonly grouping: string
  readonly precision: number | undefined
  readonly type: string
}

/** `format(value, spec)` of Python. */
export function formatValue(value: Value, specText: TextValue, run: Run): TextValue {
  if (!specText.string) return toText(value, run)
  const spec = parseSpec(specText.string, classOf(value))
  if (isText(value)) return formatText(value, spec, run)
  if (typeof value === 'boolean' && !spec.type && !spec.width) return toText(value, run)
  const number = typeof value === 'boolean' ? BigInt(value) : value
  if (typeof number !== 'bigint' && typeof number !== 'number')
    throw typeError(`unsupported format string passed to ${classOf(value)}.__format__`)
  return textLike(specText, formatNumber(number, spec, run).string)
}

const pattern = /^(?:(.)?([<>=^]))?([-+ ]?)(z?)(#?)(0?)(\d*)([,_]?)(?:\.(\d+))?([a-zA-Z%]?)$/su

function parseSpec(spec: string, className: string): Spec {
  const match = pattern.exec(spec)
  if (!match)
    throw valueError(`Invalid format specifier '${spec}' for object of type '${className}'`)
  const [, fill, alignment, sign = '', , alternate, zero, width, grouping = '', precision] = match
  const isZeroPadded = zero === '0' && alignment === undefined
  return {
    fill: fill ?? (zero ? '0' : ' '),
    alignment: isZeroPadded ? '=' : (alignment as Spec['alignment']),
    sign,
    isAlternate: alternate === '#',
    width: Number(width || 0),
    grouping,
    precision: precision === undefined ? undefined : Number(precision),
    type: match[10] ?? '',
  }
}

function formatText(value: TextValue, spec: Spec, run: Run): TextValue {
  if (spec.type !== '' && spec.type !== 's')
    throw valueError(`Unknown format code '${spec.type}' for object of type 'str'`)
  if (spec.sign) throw valueError('Sign not allowed in string format specifier')
  if (spec.alignment === '=' && spec.fill !== '0')
    throw valueError("'=' alignment not allowed in string format specifier")
  const { precision, width, alignment, fill } = spec
  const cut =
    precision === undefined
      ? value
      : sliceText(value, 0, offsetOfCodePoint(value.string, precision))
  const side = alignment === '=' || alignment === undefined ? '<' : alignment
  return padText(cut, { width, fill: plainText(fill), alignment: side }, run)
}

function formatNumber(value: bigint | number, spec: Spec, run: Run): TextValue {
  const isInteger = typeof value === 'bigint' && !floatTypes.includes(spec.type || 'd')
  const className = typeof value === 'bigint' ? 'int' : 'float'
  const allowed = typeof value === 'bigint' ? `bcdoxXn${floatTypes}` : `${floatTypes}n`
  if (spec.type && !allowed.includes(spec.type))
    throw valueError(`Unknown format code '${spec.type}' for object of type '${className}'`)
  if (isInteger && spec.precision !== undefined)
    throw valueError('Precision not allowed in integer format specifier')
  run.meter.chargeText(spec.precision ?? 0)
  if (spec.type === 'c') {
    const character = plainText(String.fromCodePoint(Number(value)))
    return padText(
      character,
      { width: spec.width, fill: plainText(spec.fill), alignment: '<' },
      run,
    )
  }
  const isNegative = value < 0 || Object.is(value, -0)
  if (typeof value === 'bigint') chargeInteger(value, run)
  const digits = isInteger
    ? integerDigits(value < 0n ? -value : value, spec)
    : floatDigits(Math.abs(Number(value)), spec)
  const sign = isNegative ? '-' : spec.sign === '-' ? '' : spec.sign
  const { width, alignment = '>' } = spec
  const fill = plainText(spec.fill)
  if (alignment !== '=') return padText(plainText(sign + digits), { width, fill, alignment }, run)
  const paddedText = padText(
    plainText(digits),
    { width: width - sign.length, fill, alignment: '>' },
    run,
  )
  return plainText(sign + paddedText.string)
}

const floatTypes = 'eEfFgG%'
