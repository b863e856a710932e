import { typeError } from '../errors.ts'
import { lengthOfRange, rangeItem } from './range.ts'
import { classOf, isText, type NumericValue, type Run, toNumber, type Value } from './value.ts'

/** `left == right` of Python. */
export function areEqual(left: Value, right: Value, run: Run): boolean {
  run.meter.charge(1)
  const [leftNumber, rightNumber] = [toNumber(left), toNumber(right)]
  if (leftNumber !== undefined && rightNumber !== undefined)
    return isSameNumber(leftNumber, rightNumber)
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null)
    return left === right
  if (left === right) return true

  if (left.type === 'text' && right.type === 'text') {
    run.meter.chargeText(Math.min(left.string.length, right.string.length))
    return left.string === right.string
  }
  if (left.type === 'undefined') return right.type === 'undefined'
  if (left.type === 'list' && right.type === 'list')
    return areItemsEqual(left.items, right.items, run)
  if (left.type === 'tuple' && right.type === 'tuple')
    return areItemsEqual(left.items, right.items, run)
  if (left.type === 'dict' && right.type === 'dict') {
    if (left.entries.size !== right.entries.size) return false
    for (const [key, [, value]] of left.entries) {
      const rightEntry = right.entries.get(key)
      if (!rightEntry || !areEqual(value, rightEntry[1], run)) return false
    }
    return true
  }
  if (left.type === 'range' && right.type === 'range') {
    const length = lengthOfRange(left)
    if (length !== lengthOfRange(right)) return false
    return (
      length < 1 ||
      (rangeItem(left, 0n) === rangeItem(right, 0n) && (length < 2 || left.step === right.step))
    )
  }
  return false
}

/** Also for an integer and a float. */
function isSameNumber(left: NumericValue, right: NumericValue): boolean {
  if (typeof left === typeof right) return left === right
  const areWhole = Number.isInteger(Number(left)) && Number.isInteger(Number(right))
  return areWhole && BigInt(left) === BigInt(right)
}

/** `left is right` of Python, as far as templates can tell. */
export function areSame(left: Value, right: Value): boolean {
  if (isText(left) && isText(right)) return left === right || left.string === right.string
  return Object.is(left, right)
}

function areItemsEqual(left: readonly Value[], right: readonly Value[], run: Run): boolean {
  return (
    left.length === right.length &&
    left.every((item, index) => areEqual(item, right[index] ?? null, run))
  )
}

/** Below 0 if left comes first. Throws where Python cannot order them. */
export function compareValues(left: Value, right: Value, run: Run): number {
  run.meter.charge(1)
  const [leftNumber, rightNumber] = [toNumber(left), toNumber(right)]
  if (leftNumber !== undefined && rightNumber !== undefined) {
    if (leftNumber < rightNumber) return -1
    if (leftNumber > rightNumber) return 1
    return leftNumber >= rightNumber ? 0 : Number.NaN
  }
  if (isText(left) && isText(right)) {
    run.meter.chargeText(Math.min(left.string.length, right.string.length))
    return compareStrings(left.string, right.string)
  }
  const [leftItems, rightItems] = [sequenceItems(left), sequenceItems(right)]
  if (leftItems && rightItems && classOf(left) === classOf(right)) {
    const index = leftItems.findIndex(
      (item, position) =>
        position >= rightItems.length || !areEqual(item, rightItems[position] ?? null, run),
    )
    const [leftItem, rightItem] = [leftItems[index], rightItems[index]]
    if (leftItem === undefined || rightItem === undefined)
      return leftItems.length - rightItems.length
    return compareValues(leftItem, rightItem, run)
  }
  throw typeError(
    `'<' not supported between instances of '${classOf(left)}' and '${classOf(right)}'`,
  )
}

function sequenceItems(value: Value): readonly Value[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  return value.type === 'list' || value.type === 'tuple' ? value.items : undefined
}

/** By code points, where JavaScript compares UTF-16 units. */
function compareStrings(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index += 1) {
    if (left.charCodeAt(index) !== right.charCodeAt(index))
      return rankUnit(left.charCodeAt(index)) - rankUnit(right.charCodeAt(index))
  }
  return left.length - right.length
}

/** Surrogates stand for the highest code points. */
function rankUnit(unit: number): number {
  return unit >= 0xd8_00 && unit <= 0xdf_ff ? unit + 0x1_00_00 : unit
}

/** `item in values` of Python, for values in a sequence. */
export function includesValue(values: Iterable<Value>, item: Value, run: Run): boolean {
  for (const value of values) if (areEqual(value, item, run)) return true
  return false
}
