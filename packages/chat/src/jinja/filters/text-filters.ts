import { TemplateFault } from '../errors.ts'
import { formatPercent } from '../formatting/percent.ts'
import { capitalize } from '../methods/case-methods.ts'
import { replaceText, splitLines, splitTextFromEnd, trimText } from '../methods/split-text.ts'
import { centerText } from '../methods/text-methods.ts'
import {
  bindArguments,
  flagArgument,
  integerArgument,
  textArgument,
} from '../values/bind-arguments.ts'
import { countCodePoints, offsetOfCodePoint } from '../text/code-points.ts'
import { toText } from '../text/describe.ts'
import { lengthOf } from '../values/sequence.ts'
import { dictOfNames } from '../values/keys.ts'
import {
  joinTexts,
  joinTextsWith,
  keepMarkup,
  mapWhole,
  plainText,
  sliceText,
  withoutMarkup,
} from '../text/text.ts'
import {
  type Arguments,
  type Filter,
  isText,
  type Run,
  type TextValue,
  tuple,
  type Value,
} from '../values/value.ts'
import { wrapWords } from './wrap-words.ts'

/** Filters for texts; what is not a text is printed first, where Jinja does so. */
export const textFilters: readonly (readonly [string, Filter])[] = [
  textFilter('upper', (string) => string.toUpperCase()),
  textFilter('lower', (string) => string.toLowerCase()),
  textFilter('capitalize', capitalize),
  textFilter('title', (string) =>
    string.replaceAll(/[^-\s({[<]+/g, (word) => {
      const [first = ''] = word
      return first.toUpperCase() + word.slice(first.length).toLowerCase()
    }),
  ),
  ['trim', trim],
  ['replace', replace],
  ['center', center],
  ['indent', indent],
  ['truncate', truncate],
  ['wordwrap', wrap],
  ['wordcount', (input, _callArguments, run) => countWords(toText(input, run), run)],
  ['format', format],
]

function textFilter(name: string, change: (string: string) => string) {
  const filter: Filter = (input, callArguments, run) => {
    bindArguments(name, callArguments, [])
    const text = toText(input, run)
    run.meter.chargeCharacters(text.string.length)
    return mapWhole(text, change)
  }
  return [name, filter] as const
}

function trim(input: Value, callArguments: Arguments, run: Run): Value {
  const [characters] = bindArguments('trim', callArguments, ['chars?'])
  const text = toText(input, run)
  if (characters === undefined || characters === null) return trimText(text, {}, run)
  return trimText(text, { characters: textArgument(characters).string }, run)
}

function replace(input: Value, callArguments: Arguments, run: Run): Value {
  const [search = null, replacement = null, count] = bindArguments('replace', callArguments, [
    'old',
    'new',
    'count?',
  ])
  const options = {
    search: toText(search, run).string,
    replacement: withoutMarkup(toText(replacement, run)),
    limit: count === null ? -1 : integerArgument(count, -1),
  }
  return replaceText(withoutMarkup(toText(input, run)), options, run)
}

function center(input: Value, callArguments: Arguments, run: Run): Value {
  const [width] = bindArguments('center', callArguments, ['width?'])
  const text = toText(input, run)
  const options = { width: integerArgument(width, 80), fill: plainText(' ') }
  return keepMarkup(text, centerText(text, options, run))
}

function indent(input: Value, callArguments: Arguments, run: Run): Value {
  const [width, first, blank] = bindArguments('indent', callArguments, [
    'width?',
    'first?',
    'blank?',
  ])
  const text = textArgument(input)
  const size = isText(width) ? 0 : integerArgument(width, 4)
  run.meter.chargeText(size)
  const indentation = isText(width) ? width : plainText(' '.repeat(Math.max(size, 0)))
  const lines = splitLines(joinTexts([text, plainText('\n')]), false)
  run.meter.charge(lines.length)
  run.meter.chargeText(text.string.length + lines.length * (indentation.string.length + 1))
  const indented = lines.map((line, index) => {
    const isIndented = index === 0 ? flagArgument(first) : flagArgument(blank) || line.string !== ''
    return isIndented ? joinTexts([indentation, line]) : line
  })
  return keepMarkup(text, joinTextsWith(plainText('\n'), indented))
}

function truncate(input: Value, callArguments: Arguments, run: Run): Value {
  const parameters = ['length?', 'killwords?', 'end?', 'leeway?']
  const [size, cutsWords, written, extra] = bindArguments('truncate', callArguments, parameters)
  const end = textArgument(written, plainText('...'))
  const length = integerArgument(size, 255)
  const leeway = extra === null ? 5 : integerArgument(extra, 5)
  const keptLength = length - countCodePoints(end.string)
  if (keptLength < 0 || leeway < 0)
    throw new TemplateFault('AssertionError', `expected length >= ${countCodePoints(end.string)}`)
  if ((lengthOf(input) ?? Number.POSITIVE_INFINITY) <= length + leeway) return input
  const text = textArgument(input)
  run.meter.chargeText(text.string.length)
  const start = sliceText(text, 0, offsetOfCodePoint(text.string, keptLength))
  const [words = start] = flagArgument(cutsWords)
    ? [start]
    : splitTextFromEnd(start, plainText(' '), 1)
  return keepMarkup(text, joinTexts([words, end]))
}

function wrap(input: Value, callArguments: Arguments, run: Run): Value {
  const parameters = ['width?', 'break_long_words?', 'wrapstring?', 'break_on_hyphens?']
  const [width, breaksWords, written, breaksHyphens] = bindArguments(
    'wordwrap',
    callArguments,
    parameters,
  )
  const separator = written === null ? plainText('\n') : textArgument(written, plainText('\n'))
  const text = textArgument(input)
  const options = {
    width: integerArgument(width, 79),
    breaksWords: flagArgument(breaksWords, true),
    breaksHyphens: flagArgument(breaksHyphens, true),
  }
  run.meter.charge(text.string.length)
  const lines = splitLines(text, false).map((line) => wrapWords(line, options))
  const count = lines.reduce((sum, { length }) => sum + length, 0)
  run.meter.chargeText(text.string.length + count * separator.string.length)
  return joinTextsWith(
    separator,
    lines.map((line) => joinTextsWith(separator, line)),
  )
}

function countWords({ string }: TextValue, run: Run): bigint {
  run.meter.chargeCharacters(string.length)
  return BigInt(string.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0)
}

function format(input: Value, { positional, named }: Arguments, run: Run): Value {
  if (positional.length > 0 && named.size > 0)
    throw new TemplateFault(
      'FilterArgumentError',
      "can't handle positional and keyword arguments at the same time",
    )
  const values = named.size > 0 ? dictOfNames(named, run) : tuple(positional)
  return formatPercent(toText(input, run), values, run)
}
