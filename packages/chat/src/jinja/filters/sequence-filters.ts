import { TemplateFault, typeError } from '../errors.ts'
import { bindArguments, integerArgument } from '../values/bind-arguments.ts'
import { charactersOf } from '../text/code-points.ts'
import { toText } from '../text/describe.ts'
import { collect, lengthOf, mustIterate } from '../values/sequence.ts'
import { joinTexts, joinTextsWith, keepMarkup, plainText } from '../text/text.ts'
import {
  type Arguments,
  classOf,
  type Filter,
  isText,
  iteration,
  list,
  orElse,
  type Run,
  undefinedValue,
  type Value,
} from '../values/value.ts'
import { attributeReader } from './attribute-path.ts'
import { calculate } from '../evaluate/arithmetic.ts'

/** Filters that read a sequence as a whole. */
export const sequenceFilters: readonly (readonly [string, Filter])[] = [
  ['length', countItems],
  ['count', countItems],
  ['first', takeFirst],
  ['last', takeLast],
  ['list', (input, _callArguments, run) => list(collect(input, run))],
  ['join', join],
  ['reverse', reverse],
  ['sum', sum],
  ['batch', (input, callArguments, run) => iteration(makeBatches(input, callArguments, run))],
  ['slice', (input, callArguments, run) => iteration(makeSlices(input, callArguments, run))],
]

function countItems(input: Value): Value {
  const length = lengthOf(input)
  if (length !== undefined) return BigInt(length)
  throw typeError(`object of type '${classOf(input)}' has no len()`)
}

function takeFirst(input: Value, _callArguments: Arguments, run: Run): Value {
  for (const value of mustIterate(input, run)) return value
  return undefinedValue('No first item, sequence was empty.')
}

function takeLast(input: Value, _callArguments: Arguments, run: Run): Value {
  if (lengthOf(input) === undefined) throw typeError(`'${classOf(input)}' object is not reversible`)
  return orElse(collect(input, run).at(-1), () =>
    undefinedValue('No last item, sequence was empty.'),
  )
}

function join(input: Value, callArguments: Arguments, run: Run): Value {
  const [written, attribute] = bindArguments('join', callArguments, ['d?', 'attribute?'])
  const separator = written === undefined ? plainText('') : toText(written, run)
  const hasAttribute = attribute !== undefined && attribute !== null
  const readItem = hasAttribute ? attributeReader(attribute, run) : (value: Value) => value
  const texts = collect(input, run).map((value) => ({
    ...toText(readItem(value), run),
    isMarkup: false,
  }))
  let length = separator.string.length * Math.max(texts.length - 1, 0)
  for (const { string } of texts) length += string.length
  run.meter.chargeText(length)
  return joinTextsWith({ ...separator, isMarkup: false }, texts)
}

function reverse(input: Value, _callArguments: Arguments, run: Run): Value {
  if (isText(input)) return keepMarkup(input, joinTexts(charactersOf(input, run).toReversed()))
  const values = collect(input, run).toReversed()
  const isList = typeof input === 'object' && input?.type === 'iteration'
  return isList ? list(values) : iteration(values.values(), 'list_reverseiterator')
}

function sum(input: Value, callArguments: Arguments, run: Run): Value {
  const [attribute, start = 0n] = bindArguments('sum', callArguments, ['attribute?', 'start?'])
  const hasAttribute = attribute !== undefined && attribute !== null
  const readItem = hasAttribute ? attributeReader(attribute, run) : (value: Value) => value
  if (isText(start)) throw typeError("sum() can't sum strings [use ''.join(seq) instead]")
  let total: Value = start
  for (const value of mustIterate(input, run)) {
    run.meter.charge(1)
    total = calculate('+', [total, readItem(value)], run)
  }
  return total
}

function* makeBatches(input: Value, callArguments: Arguments, run: Run): Iterator<Value> {
  const [size, filling = null] = bindArguments('batch', callArguments, ['linecount', 'fill_with?'])
  const length = integerArgument(size, 1)
  let batch: Value[] = []
  for (const value of mustIterate(input, run)) {
    run.meter.charge(1)
    if (batch.length === length) {
      yield list(batch)
      batch = []
    }
    batch.push(value)
  }
  if (batch.length === 0) return
  if (filling !== null) {
    run.meter.chargeItems(Math.max(length, 0))
    while (batch.length < length) batch.push(filling)
  }
  yield list(batch)
}

function* makeSlices(input: Value, callArguments: Arguments, run: Run): Iterator<Value> {
  const [size, filling = null] = bindArguments('slice', callArguments, ['slices', 'fill_with?'])
  const count = integerArgument(size, 1)
  if (count === 0)
    throw new TemplateFault('ZeroDivisionError', 'integer division or modulo by zero')
  const values = collect(input, run)
  const perSlice = Math.floor(values.length / count)
  const withExtra = values.length % count
  let start = 0
  for (let index = 0; index < count; index += 1) {
    run.meter.charge(1)
    const end = start + perSlice + (index < withExtra ? 1 : 0)
    const slice = values.slice(start, end)
    if (filling !== null && index >= withExtra) slice.push(filling)
    start = end
    yield list(slice)
  }
}
