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
  type TextValue,
  tuple,
  type Value,
} from '../values/value.ts'
import { caseMethods } from './case-methods.ts'
import type { Method, Methods } from './method.ts'
import { searchMethods } from './search-methods.ts'
import { replaceText, splitLines, splitText, splitTextFromEnd, trimText } from './split-text.ts'

/** The methods of `str`, except `format`, which reads attributes. */
export const textMethods: Methods<TextValue> = new Map<string, Method<TextValue>>([
  ['strip', (text, callArguments, run) => strip(text, callArguments, { run })],
  ['lstrip', (text, callArguments, run) => strip(text, callArguments, { run, end: false })],
  ['rstrip', (text, callArguments, run) => strip(text, callArguments, { run, start: false })],
  ['split', (text, callArguments, run) => splitWith(splitText, text, { callArguments, run })],
  [
    'rsplit',
    (text, callArguments, run) => splitWith(splitTextFromEnd, text, { callArguments, run }),
  ],
  [
    'splitlines',
    (text, callArguments, run) => {
      const [keepsEnds] = bindArguments('splitlines', callArguments, ['keepends?'])
      return list(chargeTexts(splitLines(text, flagArgument(keepsEnds)), run))
    },
  ],
  ['join', (text, callArguments, run) => join(text, callArguments, run)],
  ['replace', replace],
  ['removeprefix', (text, callArguments) => removeAffix(text, callArguments, 'start')],
  ['removesuffix', (text, callArguments) => removeAffix(text, callArguments, 'end')],
  [
    'partition',
    (text, callArguments, run) => partition(text, callArguments, { which: 'first', run }),
  ],
  [
    'rpartition',
    (text, callArguments, run) => partition(text, callArguments, { which: 'last', run }),
  ],
  [
    'center',
    (text, callArguments, run) => pad(text, bindPad(callArguments), { run, alignment: '^' }),
  ],
  [
    'ljust',
    (text, callArguments, run) => pad(text, bindPad(callArguments), { run, alignment: '<' }),
  ],
  [
    'rjust',
    (text, callArguments, run) => pad(text, bindPad(callArguments), { run, alignment: '>' }),
  ],
  ['zfill', fillWithZeros],
  ['expandtabs', expandTabs],
  ...searchMethods,
  ...caseMethods,
])

function strip(
  text: TextValue,
  callArguments: Arguments,
  { run, ...sides }: { readonly run: Run; readonly start?: boolean; readonly end?: boolean },
): Value {
  const [characters] = bindArguments('strip', callArguments, ['/chars?'])
  if (characters === undefined || characters === null) return trimText(text, sides, run)
  return trimText(text, { ...sides, characters: textArgument(characters).string }, run)
}

function splitWith(
  split: typeof splitText,
  text: TextValue,
  { callArguments, run }: { readonly callArguments: Arguments; readonly run: Run },
): Value {
  const [written, limit] = bindArguments('split', callArguments, ['sep?', 'maxsplit?'])
  const separator = separatorArgument(written)
  run.meter.chargeSearch(text.string.length, separator?.string.length ?? 0)
  return list(chargeTexts(split(text, separator, integerArgument(limit, -1)), run))
}

function chargeTexts(texts: TextValue[], run: Run): TextValue[] {
  run.meter.chargeItems(texts.length)
  return texts
}

function join(separator: TextValue, callArguments: Arguments, run: Run): Value {
  const [values = null] = bindArguments('join', callArguments, ['/iterable'])
  const texts = collect(values, run).map((value, index) => {
    if (!isText(value))
      throw typeError(`sequence item ${index}: expected str instance, ${classOf(value)} found`)
    return separator.isMarkup ? escapeText(value, run) : value
  })
  chargeJoin(separator, texts, run)
  return keepMarkup(separator, joinTextsWith(separator, texts))
}

function chargeJoin(separator: TextValue, texts: readonly TextValue[], run: Run): void {
  let length = separator.string.length * Math.max(texts.length - 1, 0)
  for (const { string } of texts) length += string.length
  run.meter.chargeText(length)
}

function replace(text: TextValue, callArguments: Arguments, run: Run): Value {
  const [search, replacement, count] = bindArguments('replace', callArguments, [
    '/old',
    '/new',
    'count?',
  ])
  const replacementText = textArgument(replacement)
  const options = {
    search: textArgument(search).string,
    replacement: text.isMarkup ? escapeText(replacementText, run) : replacementText,
    limit: integerArgument(count, -1),
  }
  return keepMarkup(text, replaceText(text, options, run))
}

function removeAffix(text: TextValue, callArguments: Arguments, side: 'start' | 'end'): Value {
  const [affix] = bindArguments('removeprefix', callArguments, ['/affix'])
  const { string } = textArgument(affix)
  if (side === 'start')
    return text.string.startsWith(string) ? sliceText(text, string.length) : text
  const isSuffix = string !== '' && text.string.endsWith(string)
  return isSuffix ? sliceText(text, 0, text.string.length - string.length) : text
}

function partition(
  text: TextValue,
  callArguments: Arguments,
  { which, run }: { readonly which: 'first' | 'last'; readonly run: Run },
): Value {
  const [written] = bindArguments('partition', callArguments, ['/sep'])
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

function bindPad(callArguments: Arguments) {
  const [size, filling] = bindArguments('center', callArguments, ['/width', '/fillchar?'])
  const fill = textArgument(filling, plainText(' '))
  if (countCodePoints(fill.string) !== 1)
    throw typeError('The fill character must be exactly one character long')
  return { width: integerArgument(size, 0), fill }
}

function pad(
  text: TextValue,
  size: ReturnType<typeof bindPad>,
  { run, alignment }: { readonly run: Run; readonly alignment: '<' | '>' | '^' },
): Value {
  const paddedText =
    alignment === '^' ? centerText(text, size, run) : padText(text, { ...size, alignment }, run)
  return keepMarkup(text, paddedText)
}

/** `center` puts the odd blank first where the width is odd too. */
export function centerText(
  text: TextValue,
  { width, fill }: { width: number; fill: TextValue },
  run: Run,
) {
  const length = countCodePoints(text.string)
  const missing = width - length
  if (missing <= 0) return text
  const before = Math.floor(missing / 2) + (missing % 2 && width % 2)
  const half = padText(text, { width: length + before, fill, alignment: '>' }, run)
  return padText(half, { width, fill, alignment: '<' }, run)
}

function fillWithZeros(text: TextValue, callArguments: Arguments, run: Run): Value {
  const [size] = bindArguments('zfill', callArguments, ['/width'])
  const width = integerArgument(size, 0)
  const signLength = /^[+-]/.test(text.string) ? 1 : 0
  const digits = sliceText(text, signLength)
  const fill = plainText('0')
  const paddedDigits = padText(digits, { width: width - signLength, fill, alignment: '>' }, run)
  return keepMarkup(text, joinTexts([sliceText(text, 0, signLength), paddedDigits]))
}

function expandTabs(text: TextValue, callArguments: Arguments, run: Run): Value {
  const [size] = bindArguments('expandtabs', callArguments, ['tabsize?'])
  const width = integerArgument(size, 8)
  const parts: TextValue[] = []
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
