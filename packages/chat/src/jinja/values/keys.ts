import { typeError } from '../errors.ts'
import { chargeInteger } from '../text/integers.ts'
import { plainText } from '../text/text.ts'
import { classOf, type Dict, orElse, type Run, type Value } from './value.ts'

/**
 * What a key of a dict is found by: the same for keys that are equal, as `1`, `1.0` and `True`.
 * Tuples that share their parts have keys of a length exponential in their depth, so each is paid.
 */
export function keyOf(value: Value, run: Run): string {
  run.meter.charge(1)
  if (value === null) return 'none'
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'bigint') {
    chargeInteger(value, run)
    return String(value)
  }
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(BigInt(value)) : `f${value}`
  switch (value.type) {
    case 'text':
      run.meter.chargeText(value.string.length)
      return keyOfText(value.string)
    case 'tuple':
      return keyOfItems(value.items, run)
    case 'undefined':
      return 'undefined'
    case 'range':
      return `range ${value.start} ${value.stop} ${value.step}`
    case 'list':
    case 'dict':
      throw typeError(`unhashable type: '${classOf(value)}'`)
    default:
      return keyOfIdentity(value)
  }
}

/** The key of a text. */
export function keyOfText(string: string): string {
  return `'${string}`
}

function keyOfItems(items: readonly Value[], run: Run): string {
  run.meter.enter()
  const keys = items.map((item) => {
    const key = keyOf(item, run)
    return `${key.length}:${key}`
  })
  run.meter.leave()
  run.meter.chargeText(keys.reduce((sum, key) => sum + key.length + 1, 1))
  return `(${keys.join(',')})`
}

const identities = new WeakMap<object, string>()
let identityCount = 0

function keyOfIdentity(value: object): string {
  const existingKey = identities.get(value)
  if (existingKey) return existingKey
  identityCount += 1
  const key = `#${identityCount}`
  identities.set(value, key)
  return key
}

/** Whether a value can be a key. */
export function isHashable(value: Value, run: Run): boolean {
  run.meter.charge(1)
  if (typeof value !== 'object' || value === null) return true
  if (value.type === 'tuple') return value.items.every((item) => isHashable(item, run))
  return value.type !== 'list' && value.type !== 'dict'
}

export function readDict(dict: Dict, key: Value, run: Run): Value | undefined {
  return dict.entries.get(keyOf(key, run))?.[1]
}

/** Sets an entry; a key that is there keeps its place and its first form. */
export function setDict(
  dict: Dict,
  [key, value]: readonly [key: Value, value: Value],
  run: Run,
): void {
  const hash = keyOf(key, run)
  dict.entries.set(hash, [orElse(dict.entries.get(hash)?.[0], () => key), value])
}

export function dictOf(entries: Iterable<readonly [Value, Value]>, run: Run): Dict {
  const dict: Dict = { type: 'dict', entries: new Map() }
  for (const entry of entries) setDict(dict, entry, run)
  return dict
}

export function dictOfNames(entries: Iterable<readonly [string, Value]>, run: Run): Dict {
  const namedEntries = [...entries].map(([name, value]) => [plainText(name), value] as const)
  return dictOf(namedEntries, run)
}
