import { readItem } from '../evaluate/lookup.ts'
import { plainText } from '../text/text.ts'
import { isText, isUndefined, type Run, type Text, type Value } from '../values/value.ts'

type ReadValue = (value: Value) => Value

/** Reads an attribute by a path such as `function.name` or `0`. */
export function attributeReader(path: Value, run: Run, fallback?: Value): ReadValue {
  const keys = isText(path) ? path.string.split('.').map(toKey) : [path]
  return (value) => {
    let current = value
    for (const key of keys) {
      current = readItem(current, key, run)
      if (fallback !== undefined && isUndefined(current)) return fallback
    }
    return current
  }
}

/** Reads several attributes, with commas between them. */
export function attributesReader(paths: Text, run: Run): (value: Value) => Value[] {
  const readers = paths.string.split(',').map((path) => attributeReader(plainText(path), run))
  return (value) => readers.map((read) => read(value))
}

function toKey(part: string): Value {
  return /^\d+$/.test(part) ? BigInt(part) : plainText(part)
}

/** A text in small letters, and all else as it is. */
export function ignoreCase(value: Value): Value {
  return isText(value) ? { ...value, string: value.string.toLowerCase(), callerRanges: [] } : value
}
