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
    (receiver, callArguments, run) => {
      const index = findIndex(receiver, callArguments, run)
      if (index < 0) throw valueError('value is not in list')
      return BigInt(index)
    },
  ],
  [
    'count',
    (receiver, callArguments, run) => {
      const [wanted = null] = bindArguments('count', callArguments, ['/value'])
      return BigInt(receiver.items.filter((item) => areEqual(item, wanted, run)).length)
    },
  ],
])

/** The methods of `list` that change it. */
export const listMethods: Methods<List> = new Map<string, Method<List>>([
  [
    'append',
    ({ items }, callArguments, run) => {
      const [value = null] = bindArguments('append', callArguments, ['/object'])
      run.meter.chargeItems(items.length / 100)
      items.push(value)
      return null
    },
  ],
  [
    'extend',
    ({ items }, callArguments, run) => {
      const [values = null] = bindArguments('extend', callArguments, ['/iterable'])
      const newItems = collect(values, run)
      run.meter.chargeItems(items.length + newItems.length)
      for (const value of newItems) items.push(value)
      return null
    },
  ],
  [
    'insert',
    ({ items }, callArguments, run) => {
      const [index, value = null] = bindArguments('insert', callArguments, ['/index', '/object'])
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
    ({ items }, callArguments, run) => {
      const [position] = bindArguments('pop', callArguments, ['/index?'])
      const wanted = integerArgument(position, -1)
      const index = toIndex(wanted, items.length, 'pop index out of range')
      run.meter.charge((items.length - index) / itemsMovedPerStep)
      const [value] = items.splice(index, 1)
      return value ?? null
    },
  ],
  [
    'remove',
    (receiver, callArguments, run) => {
      const index = findIndex(receiver, callArguments, run)
      if (index < 0) throw valueError('list.remove(x): x not in list')
      run.meter.charge((receiver.items.length - index) / itemsMovedPerStep)
      receiver.items.splice(index, 1)
      return null
    },
  ],
  [
    'reverse',
    ({ items }, callArguments, run) => {
      bindArguments('reverse', callArguments, [])
      run.meter.charge(items.length)
      items.reverse()
      return null
    },
  ],
  [
    'sort',
    ({ items }, callArguments, run) => {
      const [reverse] = bindArguments('sort', callArguments, ['reverse?'])
      const sorted = sortValues(items, { isReversed: flagArgument(reverse) }, run)
      items.splice(0, items.length, ...sorted)
      return null
    },
  ],
  [
    'clear',
    ({ items }, callArguments) => {
      bindArguments('clear', callArguments, [])
      items.length = 0
      return null
    },
  ],
  [
    'copy',
    ({ items }, callArguments, run) => {
      bindArguments('copy', callArguments, [])
      run.meter.chargeItems(items.length)
      return list([...items])
    },
  ],
])

/** Items behind a place that is filled or removed move. */
const itemsMovedPerStep = 16

function findIndex({ items }: List | Tuple, callArguments: Arguments, run: Run): number {
  const [wanted = null, start] = bindArguments('index', callArguments, ['/value', '/start?'])
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
