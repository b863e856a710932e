import { TemplateFault, valueError } from '../errors.ts'
import { bindArguments, flagArgument, integerArgument } from '../values/bind-arguments.ts'
import { areEqual } from '../values/compare.ts'
import { collect } from '../values/sequence.ts'
import { sortValues } from '../values/sort.ts'
import { type Arguments, list, type List, type Run, type Tuple } from '../values/value.ts'
import type { Method, Methods } from './method.ts'

/** The methods of `tuple`, which `list` has too. */
export const tupleMethods: Methods<List | Tuple> = new Map<string, Method<List | Tuple>>([
  [
    'index',
    (receiver, given, run) => {
      const index = findIndex(receiver, given, run)
      if (index < 0) throw valueError('value is not in list')
      return BigInt(index)
    },
  ],
  [
    'count',
    (receiver, given, run) => {
      const [wanted = null] = bindArguments('count', given, ['/value'])
      return BigInt(receiver.items.filter((item) => areEqual(item, wanted, run)).length)
    },
  ],
])

/** The methods of `list` that change it. */
export const listMethods: Methods<List> = new Map<string, Method<List>>([
  [
    'append',
    ({ items }, given, run) => {
      const [value = null] = bindArguments('append', given, ['/object'])
      run.meter.chargeItems(items.length / 100)
      items.push(value)
      return null
    },
  ],
  [
    'extend',
    ({ items }, given, run) => {
      const [values = null] = bindArguments('extend', given, ['/iterable'])
      const addedItems = collect(values, run)
      run.meter.chargeItems(items.length + addedItems.length)
      for (const value of addedItems) items.push(value)
      return null
    },
  ],
  [
    'insert',
    ({ items }, given, run) => {
      const [index, value = null] = bindArguments('insert', given, ['/index', '/object'])
      const from = integerArgument(index, 0)
      const moved = from < 0 ? Math.min(-from, items.length) : Math.max(items.length - from, 0)
      run.meter.chargeItems(items.length / 100)
      run.meter.charge(moved / itemsMovedPerStep)
      items.splice(from, 0, value)
      return null
    },
  ],
  [
    'pop',
    ({ items }, given, run) => {
      const [position] = bindArguments('pop', given, ['/index?'])
      const wanted = integerArgument(position, -1)
      const index = toIndex(wanted, items.length, 'pop index out of range')
      run.meter.charge((items.length - index) / itemsMovedPerStep)
      const [value] = items.splice(index, 1)
      return value ?? null
    },
  ],
  [
    'remove',
    (receiver, given, run) => {
      const index = findIndex(receiver, given, run)
      if (index < 0) throw valueError('list.remove(x): x not in list')
      run.meter.charge((receiver.items.length - index) / itemsMovedPerStep)
      receiver.items.splice(index, 1)
      return null
    },
  ],
  [
    'reverse',
    ({ items }, given, run) => {
      bindArguments('reverse', given, [])
      run.meter.charge(items.length)
      items.reverse()
      return null
    },
  ],
  [
    'sort',
    ({ items }, given, run) => {
      const [reverse] = bindArguments('sort', given, ['reverse?'])
      const sortedItems = sortValues(items, { isReversed: flagArgument(reverse) }, run)
      items.splice(0, items.length, ...sortedItems)
      return null
    },
  ],
  [
    'clear',
    ({ items }, given) => {
      bindArguments('clear', given, [])
      items.length = 0
      return null
    },
  ],
  [
    'copy',
    ({ items }, given, run) => {
      bindArguments('copy', given, [])
      run.meter.chargeItems(items.length)
      return list([...items])
    },
  ],
])

/** Items behind a place that is filled or removed move. */
const itemsMovedPerStep = 16

function findIndex({ items }: List | Tuple, given: Arguments, run: Run): number {
  const [wanted = null, start] = bindArguments('index', given, ['/value', '/start?'])
  const from = integerArgument(start, 0)
  const first = from < 0 ? Math.max(from + items.length, 0) : from
  for (let index = first; index < items.length; index += 1)
    if (areEqual(items[index] ?? null, wanted, run)) return index
  return -1
}

function toIndex(index: number, length: number, message: string): number {
  const position = index < 0 ? index + length : index
  if (position < 0 || position >= length) throw new TemplateFault('IndexError', message)
  return position
}
