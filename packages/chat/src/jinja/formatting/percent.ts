import { TemplateFault, typeError, valueError } from '../errors.ts'
import { offsetOfCodePoint } from '../text/code-points.ts'
import { conversions } from '../text/describe.ts'
import { chargeInteger } from '../text/integers.ts'
import { readDict } from '../values/keys.ts'
import { escapeText, joinTexts, keepMarkup, plainText, sliceText } from '../text/text.ts'
import { classOf, isText, orElse, type Run, type TextValue, type Value } from '../values/value.ts'
import { floatDigits, integerDigits } from './number-spec.ts'
import { padText } from './padding.ts'

/** `template % values` of Python. */
export function formatPercent(template: TextValue, values: Value, run: Run): TextValue {
  const isTuple = typeof values === 'object' && values?.type === 'tuple'
  const formatValues = isTuple ? values.items : [values]
  let valueIndex = 0
  const parts: TextValue[] = []
  const { string } = template
  let offset = 0
  let hasUsedKey = false

  function take(): Value {
    const next = formatValues[valueIndex]
    valueIndex += 1
    if (next === undefined) throw typeError('not enough arguments for format string')
    return next
  }

  while (offset < string.length) {
    run.meter.charge(1)
    const start = string.indexOf('%', offset)
    parts.push(sliceText(template, offset, start < 0 ? undefined : start))
    if (start < 0) break

    directive.lastIndex = start
    const match = directive.exec(string)
    if (!match) throw valueError('incomplete or unsupported format')
    offset = start + match[0].length
    const [, key, flags = '', width, precision, type = ''] = match
    if (type === '%') {
      parts.push(sliceText(template, offset - 1, offset))
      continue
    }
    const keyed = key === undefined ? undefined : readKey(values, key, run)
    hasUsedKey ||= key !== undefined
    const options = {
      flags,
      width: width === '*' ? Number(take()) : Number(width || 0),
      precision: precision === '*' ? Number(take()) : toPrecision(precision),
      type,
      isMarkup: template.isMarkup,
    }
    const value = orElse(keyed, take)
    parts.push(formatDirective(value, options, run))
  }
  if (valueIndex < formatValues.length && !hasUsedKey && (isTuple || !isMapping(values)))
    throw typeError('not all arguments converted during string formatting')
  const length = parts.reduce((sum, part) => sum + part.string.length, 0)
  run.meter.chargeText(length)
  return keepMarkup(template, joinTexts(parts))
}

interface Directive {
  readonly flags: string
  readonly width: number
  readonly precision: number | undefined
  readonly type: string
  /** Whether the template is markup, so that texts are escaped. */
  readonly isMarkup: boolean
}

const directive = /%(?:\(([^)]*)\))?([-+ #0]*)(\*|\d+)?(?:\.(\*|\d*))?[hlL]?([diouxXeEfFgGcrsa%])/y

/** A point alone means no decimals. */
function toPrecision(written: string | undefined): number | undefined {
  return written === undefined ? undefined : Number(written || 0)
}

/** Python takes whatever can be indexed for a mapping, and leaves it unused in silence. */
function isMapping(value: Value): boolean {
  const types = ['dict', 'list', 'range', 'undefined']
  return typeof value === 'object' && value !== null && types.includes(value.type)
}

function readKey(values: Value, key: string, run: Run): Value {
  if (typeof values !== 'object' || values?.type !== 'dict')
    throw typeError('format requires a mapping')
  const value = readDict(values, plainText(key), run)
  if (value === undefined) throw new TemplateFault('KeyError', `'${key}'`)
  return value
}

function formatDirective(value: Value, options: Directive, run: Run): TextValue {
  const { flags, width, precision, type, isMarkup } = options
  run.meter.chargeText(precision ?? 0)
  const alignment = flags.includes('-') ? '<' : '>'
  const fill = plainText(' ')

  const convert = conversions.get(type)
  if (convert) {
    const text = convert(value, run)
    const escapedText = isMarkup ? escapeText(text, run) : { ...text, isMarkup: false }
    const end = precision === undefined ? undefined : offsetOfCodePoint(text.string, precision)
    return padText(sliceText(escapedText, 0, end), { width, fill, alignment }, run)
  }
  if (type === 'c') {
    const character = isText(value) ? value : plainText(String.fromCodePoint(Number(value)))
    return padText(character, { width, fill, alignment }, run)
  }

  const number = typeof value === 'boolean' ? BigInt(value) : value
  if (typeof number !== 'bigint' && typeof number !== 'number')
    throw typeError(
      'diu'.includes(type)
        ? `%${type} format: a real number is required, not ${classOf(value)}`
        : `must be real number, not ${classOf(value)}`,
    )
  const sign = number < 0 ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  if (typeof number === 'bigint') chargeInteger(number, run)
  const digits = writeDigits(number, options)
  if (flags.includes('0') && !flags.includes('-')) {
    const size = { width: width - sign.length, fill: plainText('0'), alignment: '>' } as const
    return plainText(sign + padText(plainText(digits), size, run).string)
  }
  return padText(plainText(sign + digits), { width, fill, alignment }, run)
}

function writeDigits(number: bigint | number, { flags, precision, type }: Directive): string {
  const style = { type, precision, isAlternate: flags.includes('#'), grouping: '' }
  if (!'diuoxX'.includes(type)) return floatDigits(Math.abs(Number(number)), style)
  if ('oxX'.includes(type) && typeof number === 'number')
    throw typeError(`%${type} format: an integer is required, not float`)
  const integer = typeof number === 'bigint' ? number : BigInt(Math.trunc(number))
  return integerDigits(integer < 0n ? -integer : integer, style).padStart(precision ?? 0, '0')
}
