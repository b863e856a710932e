import { readItem } from '../evaluate/lookup.ts'
import { readDigits } from '../text/integers.ts'
import { plainText } from '../text/text.ts'
import { isText, isUndefined, type Run, type TextValue, type Value } from '../values/value.ts'

type ReadValue = (value: Value) => Value

/** Reads an attribute by a path such as `function.name` or `0`. */
export function attributeReader(path: Value, run: Run, fallback?: Value): ReadValue {
  const keys = isText(path) ? path.string.split('.').map(toKey) : [path]
  return (value) => {
    let current = value
    for (const key of keys) {
      run.meter.charge(1)
      current = readItem(current, key, run)
      if (fallback !== undefined && isUndefined(current)) return fallback
    }
    return current
  }
}

/** Reads several attributes, with commas between them. */
export function attributesReader(paths: TextValue, run: Run): (value: Value) => Value[] {
  const readers = paths.string.split(',').map((path) => attributeReader(plainText(path), run))
  return (value) => readers.map((read) => read(value))
}

function toKey(part: string): Value {
  return /^\d+$/.test(part) ? readDigits(part) : plainText(part)
}

/** A text in small letters, and all else as it is. */
export function ignoreCase(value: Value, run: Run): Value {
  if (!isText(value)) return value
  run.meter.chargeText(value.string.length)
  return { ...value, string: value.string.toLowerCase(), callerRanges: [] }
}
