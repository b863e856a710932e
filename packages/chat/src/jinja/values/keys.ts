import { typeError } from '../errors.ts'
import { plainText } from '../text/text.ts'
import { classOf, type Dict, orElse, type Value } from './value.ts'

/** What a key of a dict is found by: the same for keys that are equal, as `1`, `1.0` and `True`. */
export function keyOf(value: Value): string {
  if (value === null) return 'none'
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(BigInt(value)) : `f${value}`
  switch (value.type) {
    case 'text':
      return `'${value.string}`
    case 'tuple': {
      const keys = value.items.map(keyOf)
      return `(${keys.map((key) => `${key.length}:${key}`).join(',')})`
    }
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

const identities = new WeakMap<object, string>()
let identityCount = 0

function keyOfIdentity(value: object): string {
  const known = identities.get(value)
  if (known) return known
  identityCount += 1
  const key = `#${identityCount}`
  identities.set(value, key)
  return key
}

/** Whether a value can be a key. */
export function isHashable(value: Value): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (value.type === 'tuple') return value.items.every(isHashable)
  return value.type !== 'list' && value.type !== 'dict'
}

export function readDict(dict: Dict, key: Value): Value | undefined {
  return dict.entries.get(keyOf(key))?.[1]
}

/** Sets an entry; a key that is there keeps its place and its first form. */
export function setDict(dict: Dict, key: Value, value: Value): void {
  const hash = keyOf(key)
  dict.entries.set(hash, [orElse(dict.entries.get(hash)?.[0], () => key), value])
}

export function dictOf(entries: Iterable<readonly [Value, Value]>): Dict {
  const dict: Dict = { type: 'dict', entries: new Map() }
  for (const [key, value] of entries) setDict(dict, key, value)
  return dict
}

export function dictOfNames(entries: Iterable<readonly [string, Value]>): Dict {
  return dictOf([...entries].map(([name, value]) => [plainText(name), value] as const))
}
