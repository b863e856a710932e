import { TemplateFault, typeError } from '../errors.ts'
import { readAttributeOnly } from '../evaluate/lookup.ts'
import { bindArguments, flagArgument, textArgument } from '../values/bind-arguments.ts'
import { describeValue, toText } from '../text/describe.ts'
import { toJson } from '../text/json.ts'
import { collect } from '../values/sequence.ts'
import { plainText } from '../text/text.ts'
import { isTrue } from '../values/truth.ts'
import { toEntries } from '../values/to-entries.ts'
import {
  type Arguments,
  classOf,
  type Filter,
  isText,
  isUndefined,
  iteration,
  type Run,
  type TextValue,
  tuple,
  type Value,
} from '../values/value.ts'

/** Filters for values of every kind. */
export const valueFilters: readonly (readonly [string, Filter])[] = [
  ['default', useDefault],
  ['d', useDefault],
  ['attr', readNamedAttribute],
  ['string', (input, _callArguments, run) => toText(input, run)],
  ['tojson', writeJson],
  ['items', (input, _callArguments, run) => iteration(listEntries(input, run))],
  ['pprint', describePrettily],
  [
    'random',
    () => {
      throw new TemplateFault('FilterArgumentError', 'a prompt cannot depend on chance')
    },
  ],
]

function useDefault(input: Value, callArguments: Arguments): Value {
  const [fallback = plainText(''), boolean] = bindArguments('default', callArguments, [
    'default_value?',
    'boolean?',
  ])
  const isAbsent = isUndefined(input) || (flagArgument(boolean) && !isTrue(input))
  return isAbsent ? fallback : input
}

/** Unlike a dot, this reads no items. */
function readNamedAttribute(input: Value, callArguments: Arguments, run: Run): Value {
  const [name] = bindArguments('attr', callArguments, ['name'])
  return readAttributeOnly(input, textArgument(name).string, run)
}

function* listEntries(input: Value, run: Run): Iterator<Value> {
  if (isUndefined(input)) return
  if (typeof input !== 'object' || input?.type !== 'dict')
    throw typeError('Can only get item pairs from a mapping.')
  for (const entry of toEntries(input, run)) yield tuple(entry)
}

function writeJson(input: Value, callArguments: Arguments, run: Run): Value {
  const parameters = ['ensure_ascii?', 'indent?', 'separators?', 'sort_keys?']
  const [ascii, indent, separators, sortKeys] = bindArguments('tojson', callArguments, parameters)
  const indentation = readIndent(indent, run)
  const [itemSeparator, keySeparator] =
    separators === undefined || separators === null
      ? [plainText(indentation ? ',' : ', '), plainText(': ')]
      : collect(separators, run).map((separator) => textArgument(separator))
  const options = {
    indent: indentation,
    itemSeparator: itemSeparator ?? textArgument(null),
    keySeparator: keySeparator ?? textArgument(null),
    isAscii: flagArgument(ascii),
    sortsKeys: flagArgument(sortKeys),
  }
  return toJson(input, options, run)
}

function readIndent(indent: Value | undefined, run: Run): TextValue | undefined {
  if (indent === undefined || indent === null) return undefined
  if (isText(indent)) return indent
  if (typeof indent !== 'bigint' && typeof indent !== 'boolean')
    throw typeError(`can't multiply sequence by non-int of type '${classOf(indent)}'`)
  const width = Math.max(Number(indent), 0)
  run.meter.chargeText(width)
  return plainText(' '.repeat(width))
}

/** `pprint` for what fits on one line. */
function describePrettily(input: Value, _callArguments: Arguments, run: Run): Value {
  const text = describeValue(input, run)
  if (text.string.length <= 80) return text
  throw new TemplateFault('FilterArgumentError', 'pprint is not supported beyond 80 characters')
}
