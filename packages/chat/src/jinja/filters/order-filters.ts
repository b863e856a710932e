import { TemplateFault, typeError } from '../errors.ts'
import { bindArguments, flagArgument } from '../values/bind-arguments.ts'
import { areEqual, compareValues } from '../values/compare.ts'
import { toEntries } from '../values/to-entries.ts'
import { keyOf } from '../values/keys.ts'
import { collect, mustIterate } from '../values/sequence.ts'
import { sortValues } from '../values/sort.ts'
import {
  type Arguments,
  classOf,
  type Filter,
  isText,
  iteration,
  list,
  orElse,
  type Run,
  tuple,
  undefinedValue,
  type Value,
} from '../values/value.ts'
import { attributeReader, attributesReader, ignoreCase } from './attribute-path.ts'

/** Filters that put values in order or find those that belong together. */
export const orderFilters: readonly (readonly [string, Filter])[] = [
  ['sort', sort],
  ['dictsort', sortDict],
  ['unique', (input, callArguments, run) => iteration(uniqueValues(input, callArguments, run))],
  ['groupby', groupBy],
  ['min', (input, callArguments, run) => findExtreme(input, callArguments, { run, sign: -1 })],
  ['max', (input, callArguments, run) => findExtreme(input, callArguments, { run, sign: 1 })],
]

type ReadValue = (value: Value) => Value

function createKey(attribute: Value | undefined, isCaseSensitive: boolean, run: Run): ReadValue {
  const readKey =
    attribute === undefined || attribute === null
      ? (value: Value) => value
      : attributeReader(attribute, run)
  return isCaseSensitive ? readKey : (value) => ignoreCase(readKey(value), run)
}

function sort(input: Value, callArguments: Arguments, run: Run): Value {
  const parameters = ['reverse?', 'case_sensitive?', 'attribute?']
  const [reverse, caseSensitive, attribute] = bindArguments('sort', callArguments, parameters)
  const isCaseSensitive = flagArgument(caseSensitive)
  const readKey = isText(attribute)
    ? attributesReader(attribute, run)
    : createItemReader(attribute, run)
  // Jinja compares lists of keys, so that two keys that cannot be ordered may be equal.
  const keyOfValue = (value: Value) => {
    const keys = readKey(value)
    return tuple(isCaseSensitive ? keys : keys.map((key) => ignoreCase(key, run)))
  }
  const options = { keyOfValue, isReversed: flagArgument(reverse) }
  return list(sortValues(collect(input, run), options, run))
}

function createItemReader(attribute: Value | undefined, run: Run) {
  const readKey = createKey(attribute, true, run)
  return (value: Value) => [readKey(value)]
}

function sortDict(input: Value, callArguments: Arguments, run: Run): Value {
  const parameters = ['case_sensitive?', 'by?', 'reverse?']
  const [caseSensitive, by, reverse] = bindArguments('dictsort', callArguments, parameters)
  const column = by === undefined || (isText(by) && by.string === 'key') ? 0 : 1
  if (column === 1 && !(isText(by) && by.string === 'value'))
    throw new TemplateFault('FilterArgumentError', 'You can only sort by either "key" or "value"')
  if (typeof input !== 'object' || input?.type !== 'dict')
    throw typeError(`'${classOf(input)}' object has no attribute 'items'`)
  const pairs = toEntries(input, run).map((entry) => tuple(entry))
  const keyOfValue = (pair: Value) => {
    const value = typeof pair === 'object' && pair?.type === 'tuple' ? pair.items[column] : null
    return flagArgument(caseSensitive) ? (value ?? null) : ignoreCase(value ?? null, run)
  }
  return list(sortValues(pairs, { keyOfValue, isReversed: flagArgument(reverse) }, run))
}

function* uniqueValues(input: Value, callArguments: Arguments, run: Run): Iterator<Value> {
  const [caseSensitive, attribute] = bindArguments('unique', callArguments, [
    'case_sensitive?',
    'attribute?',
  ])
  const readKey = createKey(attribute, flagArgument(caseSensitive), run)
  const seenKeys = new Set<string>()
  for (const value of mustIterate(input, run)) {
    run.meter.charge(1)
    const key = keyOf(readKey(value), run)
    if (seenKeys.has(key)) continue
    seenKeys.add(key)
    yield value
  }
}

function groupBy(input: Value, callArguments: Arguments, run: Run): Value {
  const parameters = ['attribute', 'default?', 'case_sensitive?']
  const [attribute = null, fallback, caseSensitive] = bindArguments(
    'groupby',
    callArguments,
    parameters,
  )
  const isCaseSensitive = flagArgument(caseSensitive)
  const readOriginal = attributeReader(attribute, run, fallback === null ? undefined : fallback)
  const readKey: ReadValue = (value) =>
    isCaseSensitive ? readOriginal(value) : ignoreCase(readOriginal(value), run)
  const groups: { key: Value; items: Value[] }[] = []
  for (const value of sortValues(collect(input, run), { keyOfValue: readKey }, run)) {
    const key = readKey(value)
    const last = groups.at(-1)
    if (last && areEqual(last.key, key, run)) last.items.push(value)
    else groups.push({ key, items: [value] })
  }
  return list(
    groups.map(({ key, items }) => {
      const [first = null] = items
      const grouper = isCaseSensitive ? key : readOriginal(first)
      return { type: 'tuple', items: [grouper, list(items)], names: ['grouper', 'list'] }
    }),
  )
}

function findExtreme(
  input: Value,
  callArguments: Arguments,
  { run, sign }: { readonly run: Run; readonly sign: -1 | 1 },
): Value {
  const [caseSensitive, attribute] = bindArguments('min', callArguments, [
    'case_sensitive?',
    'attribute?',
  ])
  const readKey = createKey(attribute, flagArgument(caseSensitive), run)
  let best: Value | undefined
  for (const value of mustIterate(input, run)) {
    const isBetter =
      best === undefined || compareValues(readKey(value), readKey(best), run) * sign > 0
    if (isBetter) best = value
  }
  return orElse(best, () => undefinedValue('No aggregated item, sequence was empty.'))
}
