import { typeError } from '../errors.ts'
import { charactersOf, countCodePoints } from '../text/code-points.ts'
import { lengthOfRange, rangeItem } from './range.ts'
import { withoutMarkup } from '../text/text.ts'
import { classOf, type Run, tuple, type Value } from './value.ts'

/** `len(value)` of Python, or nothing where it has none. */
export function lengthOf(value: Value): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  switch (value.type) {
    case 'text':
      return countCodePoints(value.string)
    case 'list':
    case 'tuple':
      return value.items.length
    case 'dict':
      return value.entries.size
    case 'view':
      return value.dict.entries.size
    case 'range':
      return lengthOfRange(value)
    case 'undefined':
      return 0
    case 'instance':
      return value.length
    default:
      return undefined
  }
}

/** What a loop over the value sees, or nothing where Python cannot loop over it. */
export function iterate(value: Value, run: Run): Iterable<Value> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  switch (value.type) {
    case 'list':
    case 'tuple':
      return value.items
    case 'text':
      return charactersOf(withoutMarkup(value), run)
    case 'dict':
      run.meter.charge(value.entries.size)
      return Array.from(value.entries.values(), ([key]) => key)
    case 'view':
      run.meter.charge(value.dict.entries.size)
      return viewItems(value)
    case 'range':
      return iterateRange(value)
    case 'undefined':
      return []
    case 'iteration':
      return { [Symbol.iterator]: () => ({ next: () => value.values.next() }) }
    default:
      return undefined
  }
}

/** Like `iterate`, and throws Python's error. */
export function mustIterate(value: Value, run: Run): Iterable<Value> {
  const values = iterate(value, run)
  if (values) return values
  throw typeError(`'${classOf(value)}' object is not iterable`)
}

/** The values that a loop sees, as a new array. */
export function collect(value: Value, run: Run): Value[] {
  const items: Value[] = []
  const length = lengthOf(value)
  if (length !== undefined) run.meter.chargeItems(length)
  for (const item of mustIterate(value, run)) {
    items.push(item)
    if (length === undefined) run.meter.chargeItems(1)
  }
  return items
}

function* iterateRange(range: Extract<Value, { type: 'range' }>): Iterable<Value> {
  const length = BigInt(lengthOfRange(range))
  for (let index = 0n; index < length; index += 1n) yield rangeItem(range, index)
}

export function viewItems({ kind, dict }: Extract<Value, { type: 'view' }>): Value[] {
  const entries = [...dict.entries.values()]
  if (kind === 'items') return entries.map((entry) => tuple(entry))
  return entries.map(([key, value]) => (kind === 'keys' ? key : value))
}
