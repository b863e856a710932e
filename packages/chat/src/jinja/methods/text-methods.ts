import { typeError } from '../errors.ts'
import { padText } from '../formatting/padding.ts'
import {
  bindArguments,
  flagArgument,
  integerArgument,
  separatorArgument,
  textArgument,
} from '../values/bind-arguments.ts'
import { countCodePoints } from '../text/code-points.ts'
import { collect } from '../values/sequence.ts'
import {
  escapeText,
  joinTexts,
  joinTextsWith,
  keepMarkup,
  plainText,
  sliceText,
} from '../text/text.ts'
import {
  type Arguments,
  classOf,
  isText,
  list,
  type Run,
  type Text,
  tuple,
  type Value,
} from '../values/value.ts'
import { caseMethods } from './case-methods.ts'
import type { Method, Methods } from './method.ts'
import { searchMethods } from './search-methods.ts'
import { replaceText, splitLines, splitText, splitTextFromEnd, trimText } from './split-text.ts'

/** The methods of `str`, except `format`, which reads attributes. */
export const textMethods: Methods<Text> = new Map<string, Method<Text>>([
  ['strip', (text, given, run) => strip(text, given, { run })],
  ['lstrip', (text, given, run) => strip(text, given, { run, end: false })],
  ['rstrip', (text, given, run) => strip(text, given, { run, start: false })],
  ['split', (text, given, run) => splitWith(splitText, text, { given, run })],
  ['rsplit', (text, given, run) => splitWith(splitTextFromEnd, text, { given, run })],
  [
    'splitlines',
    (text, given, run) => {
      const [keepsEnds] = bindArguments('splitlines', given, ['keepends?'])
      return list(pay(splitLines(text, flagArgument(keepsEnds)), run))
    },
  ],
  ['join', (text, given, run) => join(text, given, run)],
  ['replace', replace],
  ['removeprefix', (text, given) => removeAffix(text, given, 'start')],
  ['removesuffix', (text, given) => removeAffix(text, given, 'end')],
  ['partition', (text, given, run) => partition(text, given, { which: 'first', run })],
  ['rpartition', (text, given, run) => partition(text, given, { which: 'last', run })],
  ['center', (text, given, run) => pad(text, bindPad(given), { run, alignment: '^' })],
  ['ljust', (text, given, run) => pad(text, bindPad(given), { run, alignment: '<' })],
  ['rjust', (text, given, run) => pad(text, bindPad(given), { run, alignment: '>' })],
  ['zfill', fillWithZeros],
  ['expandtabs', expandTabs],
  ...searchMethods,
  ...caseMethods,
])

function strip(
  text: Text,
  given: Arguments,
  { run, ...sides }: { readonly run: Run; readonly start?: boolean; readonly end?: boolean },
): Value {
  const [characters] = bindArguments('strip', given, ['/chars?'])
  if (characters === undefined || characters === null) return trimText(text, sides, run)
  return trimText(text, { ...sides, characters: textArgument(characters).string }, run)
}

function splitWith(
  split: typeof splitText,
  text: Text,
  { given, run }: { readonly given: Arguments; readonly run: Run },
): Value {
  const [written, limit] = bindArguments('split', given, ['sep?', 'maxsplit?'])
  const separator = separatorArgument(written)
  run.meter.chargeSearch(text.string.length, separator?.string.length ?? 0)
  return list(pay(split(text, separator, integerArgument(limit, -1)), run))
}

function pay(texts: Text[], run: Run): Text[] {
  run.meter.chargeItems(texts.length)
  return texts
}

function join(separator: Text, given: Arguments, run: Run): Value {
  const [values = null] = bindArguments('join', given, ['/iterable'])
  const texts = collect(values, run).map((value, index) => {
    if (!isText(value))
      throw typeError(`sequence item ${index}: expected str instance, ${classOf(value)} found`)
    return separator.isMarkup ? escapeText(value, run) : value
  })
  chargeJoin(separator, texts, run)
  return keepMarkup(separator, joinTextsWith(separator, texts))
}

function chargeJoin(separator: Text, texts: readonly Text[], run: Run): void {
  let length = separator.string.length * Math.max(texts.length - 1, 0)
  for (const { string } of texts) length += string.length
  run.meter.chargeText(length)
}

function replace(text: Text, given: Arguments, run: Run): Value {
  const [search, replacement, count] = bindArguments('replace', given, ['/old', '/new', 'count?'])
  const replacementText = textArgument(replacement)
  const options = {
    search: textArgument(search).string,
    replacement: text.isMarkup ? escapeText(replacementText, run) : replacementText,
    limit: integerArgument(count, -1),
  }
  return keepMarkup(text, replaceText(text, options, run))
}

function removeAffix(text: Text, given: Arguments, side: 'start' | 'end'): Value {
  const [affix] = bindArguments('removeprefix', given, ['/affix'])
  const { string } = textArgument(affix)
  if (side === 'start')
    return text.string.startsWith(string) ? sliceText(text, string.length) : text
  const isSuffix = string !== '' && text.string.endsWith(string)
  return isSuffix ? sliceText(text, 0, text.string.length - string.length) : text
}

function partition(
  text: Text,
  given: Arguments,
  { which, run }: { readonly which: 'first' | 'last'; readonly run: Run },
): Value {
  const [written] = bindArguments('partition', given, ['/sep'])
  const separator = separatorArgument(written) ?? textArgument(written)
  run.meter.chargeSearch(text.string.length, separator.string.length)
  const start =
    which === 'first'
      ? text.string.indexOf(separator.string)
      : text.string.lastIndexOf(separator.string)
  const empty = plainText('')
  if (start < 0) return tuple(which === 'first' ? [text, empty, empty] : [empty, empty, text])
  const end = start + separator.string.length
  return tuple([sliceText(text, 0, start), sliceText(text, start, end), sliceText(text, end)])
}

function bindPad(given: Arguments) {
  const [size, filling] = bindArguments('center', given, ['/width', '/fillchar?'])
  const fill = textArgument(filling, plainText(' '))
  if (countCodePoints(fill.string) !== 1)
    throw typeError('The fill character must be exactly one character long')
  return { width: integerArgument(size, 0), fill }
}

function pad(
  text: Text,
  size: ReturnType<typeof bindPad>,
  { run, alignment }: { readonly run: Run; readonly alignment: '<' | '>' | '^' },
): Value {
  const paddedText =
    alignment === '^' ? centerText(text, size, run) : padText(text, { ...size, alignment }, run)
  return keepMarkup(text, paddedText)
}

/** `center` puts the odd blank first where the width is odd too. */
export function centerText(text: Text, { width, fill }: { width: number; fill: Text }, run: Run) {
  const length = countCodePoints(text.string)
  const missing = width - length
  if (missing <= 0) return text
  const before = Math.floor(missing / 2) + (missing % 2 && width % 2)
  const half = padText(text, { width: length + before, fill, alignment: '>' }, run)
  return padText(half, { width, fill, alignment: '<' }, run)
}

function fillWithZeros(text: Text, given: Arguments, run: Run): Value {
  const [size] = bindArguments('zfill', given, ['/width'])
  const width = integerArgument(size, 0)
  const signLength = /^[+-]/.test(text.string) ? 1 : 0
  const digits = sliceText(text, signLength)
  const fill = plainText('0')
  const paddedDigits = padText(digits, { width: width - signLength, fill, alignment: '>' }, run)
  return keepMarkup(text, joinTexts([sliceText(text, 0, signLength), paddedDigits]))
}

function expandTabs(text: Text, given: Arguments, run: Run): Value {
  const [size] = bindArguments('expandtabs', given, ['tabsize?'])
  const width = integerArgument(size, 8)
  const parts: Text[] = []
  let column = 0
  let offset = 0
  let length = 0
  run.meter.chargeItems(text.string.length)
  for (const character of text.string) {
    const end = offset + character.length
    const blanks = character === '\t' ? (width > 0 ? width - (column % width) : 0) : -1
    const addedLength = blanks < 0 ? character.length : blanks
    length += addedLength
    run.meter.chargeOutput(length, addedLength)
    parts.push(blanks < 0 ? sliceText(text, offset, end) : plainText(' '.repeat(blanks)))
    column =
      character === '\n' || character === '\r' ? 0 : column + Math.max(blanks, blanks < 0 ? 1 : 0)
    offset = end
  }
  return keepMarkup(text, joinTexts(parts))
}
