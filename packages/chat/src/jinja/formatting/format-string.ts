import { TemplateFault, valueError } from '../errors.ts'
import { conversions } from '../text/describe.ts'
import { readDigits } from '../text/integers.ts'
import { escapeText, joinTexts, keepMarkup, plainText, sliceText } from '../text/text.ts'
import { type Arguments, isText, type Run, type TextValue, type Value } from '../values/value.ts'
import { formatValue } from './format-spec.ts'

/** How a field such as `{message.role}` or `{items[0]}` is read. */
export interface FieldReader {
  readAttribute(value: Value, name: string): Value
  readItem(value: Value, key: Value): Value
}

/** `template.format(…)` of Python. */
export function formatString(
  template: TextValue,
  callArguments: Arguments,
  { reader, run }: { readonly reader: FieldReader; readonly run: Run },
): TextValue {
  let nextIndex = 0
  let numbering: 'automatic' | 'manual' | undefined

  function readField(name: string): Value {
    const [, first = '', path = ''] = /^([^.[]*)(.*)$/s.exec(name) ?? []
    const isPosition = first === '' || /^\d+$/.test(first)
    if (isPosition) {
      const kind = first === '' ? 'automatic' : 'manual'
      if (numbering && numbering !== kind)
        throw valueError('cannot switch between automatic and manual field numbering')
      numbering = kind
    }
    const index = first === '' ? nextIndex : Number(first)
    if (first === '') nextIndex += 1
    const start = isPosition ? callArguments.positional[index] : callArguments.named.get(first)
    if (start === undefined)
      throw isPosition
        ? new TemplateFault(
            'IndexError',
            'Replacement index out of range for positional args tuple',
          )
        : new TemplateFault('KeyError', `'${first}'`)
    let value = start
    for (const { attribute, item = '' } of readPath(path)) {
      run.meter.charge(1)
      const key = /^\d+$/.test(item) ? readDigits(item) : plainText(item)
      value =
        attribute === undefined
          ? reader.readItem(value, key)
          : reader.readAttribute(value, attribute)
    }
    return value
  }

  function formatField(field: TextValue): TextValue {
    const { string } = field
    const colon = string.indexOf(':')
    const head = colon < 0 ? string : string.slice(0, colon)
    const [, name = '', conversion = ''] = /^(.*?)(?:!(.))?$/s.exec(head) ?? []
    const value = readField(name)
    const spec = colon < 0 ? plainText('') : formatParts(sliceText(field, colon + 1), 1)
    if (conversion && !conversions.has(conversion))
      throw valueError(`Unknown conversion specifier ${conversion}`)
    const convert = conversions.get(conversion)
    const text = formatValue(convert ? convert(value, run) : value, spec, run)
    return template.isMarkup && (!isText(value) || !value.isMarkup) ? escapeText(text, run) : text
  }

  function formatParts(source: TextValue, depth: number): TextValue {
    const { string } = source
    const parts: TextValue[] = []
    let offset = 0
    while (offset < string.length) {
      const brace = /[{}]/g
      brace.lastIndex = offset
      const start = brace.exec(string)?.index
      parts.push({ ...sliceText(source, offset, start), isMarkup: false })
      if (start === undefined) break
      if (string[start + 1] === string[start]) {
        parts.push({ ...sliceText(source, start, start + 1), isMarkup: false })
        offset = start + 2
        continue
      }
      if (string[start] === '}') throw valueError("Single '}' encountered in format string")
      const end = findClosingBrace(string, start)
      if (end < 0 || depth > 1) throw valueError("expected '}' before end of string")
      parts.push(formatField(sliceText(source, start + 1, end)))
      offset = end + 1
    }
    run.meter.chargeText(parts.reduce((sum, part) => sum + part.string.length, 0))
    return joinTexts(parts)
  }

  return keepMarkup(template, formatParts(template, 0))
}

interface PathStep {
  readonly attribute: string | undefined
  readonly item: string | undefined
}

/** The steps of a path such as `.role` or `[0]`. */
function* readPath(path: string): Iterable<PathStep> {
  const step = /\.([^.[]+)|\[([^\]]+)\]/y
  while (step.lastIndex < path.length) {
    const [, attribute, item] = step.exec(path) ?? []
    if (attribute === undefined && item === undefined)
      throw valueError("Missing ']' or an empty attribute in format string")
    yield { attribute, item }
  }
}

function findClosingBrace(string: string, start: number): number {
  let depth = 0
  for (let index = start; index < string.length; index += 1) {
    if (string[index] === '{') depth += 1
    if (string[index] === '}') depth -= 1
    if (depth === 0) return index
  }
  return -1
}
