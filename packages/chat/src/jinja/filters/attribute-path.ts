import { readItem } from '../evaluate/lookup.ts'
import { plainText } from '../values/text.ts'
import { isText, isUndefined, type Run, type Text, tuple, type Value } from '../values/value.ts'

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

/** Reads several attributes, with commas between them, as a tuple. */
export function attributesReader(paths: Text, run: Run): ReadValue {
  const readers = paths.string.split(',').map((path) => attributeReader(plainText(path), run))
  return (value) => tuple(readers.map((read) => read(value)))
}

function toKey(part: string): Value {
  return /^\d+$/.test(part) ? BigInt(part) : plainText(part)
}

/** A text in small letters, and all else as it is. */
export function ignoreCase(value: Value): Value {
  return isText(value) ? { ...value, string: value.string.toLowerCase(), callerRanges: [] } : value
}
