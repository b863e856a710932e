import { typeError } from '../errors.ts'
import { compareValues } from '../values/compare.ts'
import { chargeInteger } from './integers.ts'
import { describeFloat } from './numbers.ts'
import { joinTexts, mapCharacters, plainText, withoutMarkup } from './text.ts'
import { textWriter } from './text-writer.ts'
import { classOf, type Run, type TextValue, type Value } from '../values/value.ts'

export interface JsonOptions {
  /** What one level is indented by; nothing keeps all on one line. */
  readonly indent: TextValue | undefined
  readonly itemSeparator: TextValue
  readonly keySeparator: TextValue
  readonly isAscii: boolean
  readonly sortsKeys: boolean
}

/** `json.dumps` of Python. */
export function toJson(value: Value, options: JsonOptions, run: Run): TextValue {
  const { indent, itemSeparator, keySeparator, isAscii, sortsKeys } = options
  const { write, join } = textWriter(run)

  function writeLine(level: number): void {
    if (!indent) return
    write('\n')
    for (let index = 0; index < level; index += 1) write(indent)
  }

  function writeItems<T>(items: readonly T[], level: number, { brackets, writeItem }: Layout<T>) {
    write(brackets.charAt(0))
    for (const [index, item] of items.entries()) {
      if (index > 0) write(itemSeparator)
      writeLine(level + 1)
      writeItem(item, level + 1)
    }
    if (items.length > 0) writeLine(level)
    write(brackets.charAt(1))
  }

  function writeValue(item: Value, level: number): void {
    if (typeof item === 'bigint') chargeInteger(item, run)
    const scalar = scalarToJson(item)
    if (scalar !== undefined) return write(scalar)
    if (typeof item !== 'object' || item === null) return
    if (item.type === 'text') return write(quote(item, isAscii, run))
    if (item.type === 'list' || item.type === 'tuple')
      return writeItems(item.items, level, { brackets: '[]', writeItem: writeValue })
    if (item.type !== 'dict')
      throw typeError(`Object of type ${classOf(item)} is not JSON serializable`)
    writeItems(sortEntries([...item.entries.values()]), level, {
      brackets: '{}',
      writeItem: writeEntry,
    })
  }

  function writeEntry([key, entry]: readonly [Value, Value], level: number): void {
    write(quote(keyToText(key), isAscii, run))
    write(keySeparator)
    writeValue(entry, level)
  }

  function sortEntries(entries: (readonly [Value, Value])[]) {
    return sortsKeys
      ? entries.toSorted(([left], [right]) => compareValues(left, right, run))
      : entries
  }

  writeValue(value, 0)
  return join()
}

interface Layout<T> {
  readonly brackets: string
  readonly writeItem: (item: T, level: number) => void
}

function scalarToJson(value: Value): string | undefined {
  if (value === null) return 'null'
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value !== 'number') return undefined
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  return describeFloat(value)
}

function keyToText(key: Value): TextValue {
  if (typeof key === 'object' && key?.type === 'text') return key
  const scalar = scalarToJson(key)
  if (scalar === undefined)
    throw typeError(`keys must be str, int, float, bool or None, not ${classOf(key)}`)
  return plainText(scalar)
}

function quote(text: TextValue, isAscii: boolean, run: Run): TextValue {
  run.meter.chargeCharacters(text.string.length)
  // oxlint-disable-next-line no-control-regex -- JSON escapes control characters
  const special = isAscii ? /[\u0000-\u001F"\\]|[^ -~]/g : /[\u0000-\u001F"\\]/g
  const quotes = plainText('"')
  const body = mapCharacters(withoutMarkup(text), (string) =>
    string.replaceAll(special, escapeCharacter),
  )
  return joinTexts([quotes, body, quotes])
}

function escapeCharacter(character: string): string {
  const escape = escapes[character]
  return escape ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

const escapes: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
}
