import { typeError } from '../errors.ts'
import { bindArguments, flagArgument } from '../values/bind-arguments.ts'
import { toText } from '../text/describe.ts'
import { iterate } from '../values/sequence.ts'
import { toEntries } from '../values/to-entries.ts'
import {
  escapeText,
  joinTexts,
  joinTextsWith,
  mapCharacters,
  plainText,
  sliceText,
  toMarkup,
  withoutMarkup,
} from '../text/text.ts'
import {
  type Arguments,
  type Filter,
  isText,
  isUndefined,
  type Run,
  type TextValue,
  type Value,
} from '../values/value.ts'
import { splitText } from '../methods/split-text.ts'

/** Filters for HTML and web addresses. */
export const htmlFilters: readonly (readonly [string, Filter])[] = [
  ['safe', (input, _callArguments, run) => toMarkup(toText(input, run))],
  ['escape', (input, _callArguments, run) => escapeText(toText(input, run), run)],
  ['e', (input, _callArguments, run) => escapeText(toText(input, run), run)],
  [
    'forceescape',
    (input, _callArguments, run) => escapeText(withoutMarkup(toText(input, run)), run),
  ],
  ['striptags', stripTags],
  ['urlencode', encodeForUrl],
  ['xmlattr', writeAttributes],
]

function stripTags(input: Value, _callArguments: Arguments, run: Run): Value {
  const text = toText(input, run)
  const parts: TextValue[] = []
  const { string } = text
  let keptEnd = 0
  for (let tag = string.indexOf('<'); tag >= 0; tag = string.indexOf('<', keptEnd)) {
    const close = string.startsWith('<!--', tag) ? '-->' : '>'
    const end = string.indexOf(close, tag + 1)
    if (end < 0) break
    run.meter.charge(1)
    parts.push(sliceText(text, keptEnd, tag))
    keptEnd = end + close.length
  }
  parts.push(sliceText(text, keptEnd))
  run.meter.chargeCharacters(string.length)
  const textWords = splitText(joinTexts(parts), undefined, -1)
  run.meter.charge(textWords.length)
  const joinedText = joinTextsWith(plainText(' '), textWords)
  return mapCharacters(joinedText, (piece) =>
    piece.replaceAll(/&(?:amp|lt|gt|quot|#39|#34);/g, (entity) => characters[entity] ?? entity),
  )
}

const characters: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&#34;': '"',
}

function encodeForUrl(input: Value, _callArguments: Arguments, run: Run): Value {
  if (isText(input)) return encodePart(input, '/', run)
  if (iterate(input, run) === undefined) return encodePart(toText(input, run), '/', run)
  const pairs = toEntries(input, run)
  const parts = pairs.map(([key, value]) =>
    joinTexts([
      encodePart(toText(key, run), '', run),
      plainText('='),
      encodePart(toText(value, run), '', run),
    ]),
  )
  return joinTextsWith(plainText('&'), parts)
}

function encodePart(text: TextValue, safe: string, run: Run): TextValue {
  run.meter.chargeText(text.string.length * 9)
  return mapCharacters(withoutMarkup(text), (piece) => {
    const encoded = encodeURIComponent(piece.toWellFormed()).replaceAll(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    )
    return safe ? encoded.replaceAll('%2F', '/') : encoded.replaceAll('%20', '+')
  })
}

function writeAttributes(input: Value, callArguments: Arguments, run: Run): Value {
  const [spaced] = bindArguments('xmlattr', callArguments, ['autospace?'])
  if (typeof input !== 'object' || input?.type !== 'dict')
    throw typeError('xmlattr needs a mapping')
  const parts: TextValue[] = []
  for (const [key, value] of toEntries(input, run)) {
    if (value === null || isUndefined(value)) continue
    const name = toText(key, run)
    if (/[\s/>=]/.test(name.string))
      throw typeError(`Invalid character in attribute name: '${name.string}'`)
    const escapedTexts = [
      escapeText(name, run),
      plainText('="'),
      escapeText(toText(value, run), run),
      plainText('"'),
    ]
    parts.push(joinTexts(escapedTexts))
  }
  const attributes = joinTextsWith(plainText(' '), parts)
  const isSpaced = flagArgument(spaced, true) && parts.length > 0
  return isSpaced ? joinTexts([plainText(' '), attributes]) : attributes
}
