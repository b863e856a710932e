import { typeError, valueError } from '../errors.ts'
import { charactersOf, hasOneUnitEach } from '../text/code-points.ts'
import { lengthOfRange, rangeItem } from '../values/range.ts'
import { joinTexts, keepMarkup, sliceText } from '../text/text.ts'
import { refuseUndefined } from '../values/undefined.ts'
import { classOf, list, type Run, type TextValue, tuple, type Value } from '../values/value.ts'

/** `value[start:stop:step]` of Python. */
export function sliceValue(value: Value, bounds: readonly (Value | undefined)[], run: Run): Value {
  refuseUndefined(value)
  const [start, stop, step = 1] = bounds.map(toBound)
  if (step === 0) throw valueError('slice step cannot be zero')
  const range = { start, stop, step }
  if (typeof value === 'object' && value !== null) {
    if (value.type === 'text') return sliceCharacters(value, range, run)
    if (value.type === 'list') return list(sliceItems(value.items, range, run))
    if (value.type === 'tuple') return tuple(sliceItems(value.items, range, run))
    if (value.type === 'range') {
      const [from, to] = limits(range, lengthOfRange(value))
      return {
        type: 'range',
        start: rangeItem(value, BigInt(from)),
        stop: rangeItem(value, BigInt(to)),
        step: value.step * BigInt(step),
      }
    }
  }
  throw typeError(`'${classOf(value)}' object is not subscriptable`)
}

interface Cut {
  readonly start: number | undefined
  readonly stop: number | undefined
  readonly step: number
}

function toBound(value: Value | undefined): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'boolean' || typeof value === 'bigint') return Number(value)
  throw typeError('slice indices must be integers or None or have an __index__ method')
}

function sliceCharacters(text: TextValue, cut: Cut, run: Run): TextValue {
  run.meter.chargeText(text.string.length)
  if (cut.step === 1 && hasOneUnitEach(text, run)) {
    const [start, stop] = limits(cut, text.string.length)
    return sliceText(text, start, Math.max(start, stop))
  }
  const characters = sliceItems(charactersOf(text, run), cut, run)
  return keepMarkup(text, joinTexts(characters))
}

function sliceItems<T>(items: readonly T[], cut: Cut, run: Run): T[] {
  const [start, stop] = limits(cut, items.length)
  if (cut.step === 1) {
    const slice = items.slice(start, Math.max(start, stop))
    run.meter.chargeItems(slice.length)
    return slice
  }
  const slice: T[] = []
  for (let index = start; cut.step > 0 ? index < stop : index > stop; index += cut.step) {
    const item = items[index]
    if (item !== undefined) slice.push(item)
  }
  run.meter.chargeItems(slice.length)
  return slice
}

function limits({ start, stop, step }: Cut, length: number): [start: number, stop: number] {
  const [lowest, highest] = step > 0 ? [0, length] : [-1, length - 1]
  const clamp = (bound: number) =>
    Math.min(Math.max(bound < 0 ? bound + length : bound, lowest), highest)
  return [
    start === undefined ? (step > 0 ? lowest : highest) : clamp(start),
    stop === undefined ? (step > 0 ? highest : lowest) : clamp(stop),
  ]
}
