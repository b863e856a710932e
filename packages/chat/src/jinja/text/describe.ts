import { describeFloat } from './numbers.ts'
import { chargeInteger } from './integers.ts'
import { joinTexts, mapCharacters, plainText } from './text.ts'
import { textWriter } from './text-writer.ts'
import { viewItems } from '../values/sequence.ts'
import {
  classOf,
  isText,
  isUndefined,
  type Run,
  type TextValue,
  type Value,
} from '../values/value.ts'
import { dictOfNames } from '../values/keys.ts'

/** `str(value)` of Python; markup stays markup. */
export function toText(value: Value, run: Run): TextValue {
  if (isText(value)) return value
  return isUndefined(value) ? plainText('') : describeValue(value, run)
}

/** `repr(value)` of Python. */
export function describeValue(value: Value, run: Run): TextValue {
  const { write, join } = textWriter(run)

  function visitItems<T>(items: Iterable<T>, visit: (item: T) => void): void {
    let isFirst = true
    for (const item of items) {
      if (!isFirst) write(', ')
      isFirst = false
      visit(item)
    }
  }

  function visitTuple(items: readonly Value[]): void {
    write('(')
    visitItems(items, visitValue)
    write(items.length === 1 ? ',)' : ')')
  }

  function visitList(items: Iterable<Value>): void {
    write('[')
    visitItems(items, visitValue)
    write(']')
  }

  function visitValue(item: Value): void {
    if (item === null) return write('None')
    if (typeof item === 'boolean') return write(item ? 'True' : 'False')
    if (typeof item === 'bigint') {
      chargeInteger(item, run)
      return write(String(item))
    }
    if (typeof item === 'number') return write(describeFloat(item))
    switch (item.type) {
      case 'text':
        return write(item.isMarkup ? markupLiteral(item, run) : quoteText(item, run))
      case 'list':
        return visitList(item.items)
      case 'tuple':
        return visitTuple(item.items)
      case 'dict':
        write('{')
        visitItems(item.entries.values(), ([key, entry]) => {
          visitValue(key)
          write(': ')
          visitValue(entry)
        })
        return write('}')
      case 'view':
        write(`dict_${item.kind}(`)
        visitList(viewItems(item))
        return write(')')
      case 'range':
        return write(
          `range(${item.start}, ${item.stop}${item.step === 1n ? '' : `, ${item.step}`})`,
        )
      case 'undefined':
        return write('Undefined')
      case 'namespace':
        write('<Namespace ')
        visitValue(dictOfNames(item.attributes, run))
        return write('>')
      case 'instance':
        return write(item.description ?? `<${item.className} object>`)
      default:
        return write(`<${classOf(item)} object>`)
    }
  }

  visitValue(value)
  return join()
}

/** The conversions `s`, `r` and `a`, of the operator `%` and of `format`. */
export const conversions: ReadonlyMap<string, (value: Value, run: Run) => TextValue> = new Map([
  ['s', toText],
  ['r', describeValue],
  ['a', describeInAscii],
])

/** `ascii(value)` of Python. */
function describeInAscii(value: Value, run: Run): TextValue {
  return mapCharacters(describeValue(value, run), (string) =>
    string.replaceAll(/\P{ASCII}/gu, (character) => toEscape(character)),
  )
}

function markupLiteral(text: TextValue, run: Run): TextValue {
  return joinTexts([plainText('Markup('), quoteText(text, run), plainText(')')])
}

/** A text in quotes, as Python writes it in a list. */
function quoteText(text: TextValue, run: Run): TextValue {
  run.meter.chargeCharacters(text.string.length)
  const quote = text.string.includes("'") && !text.string.includes('"') ? '"' : "'"
  const quotes = plainText(quote)
  const body = mapCharacters({ ...text, isMarkup: false }, (string) =>
    string.replaceAll(/['\\\p{C}\p{Z}]/gu, (character) => escapeCharacter(character, quote)),
  )
  return joinTexts([quotes, body, quotes])
}

function escapeCharacter(character: string, quote: string): string {
  if (character === ' ' || (character === "'" && quote === '"')) return character
  return simpleEscapes[character] ?? toEscape(character)
}

function toEscape(character: string): string {
  const point = character.codePointAt(0) ?? 0
  const hex = point.toString(16)
  if (point <= 0xff) return `\\x${hex.padStart(2, '0')}`
  return point <= 0xff_ff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

const simpleEscapes: Record<string, string> = {
  "'": "\\'",
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}
