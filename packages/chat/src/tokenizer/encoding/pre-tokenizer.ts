import { fileError } from '../file-error.ts'
import { toByteLevel } from '../token-bytes.ts'
import { parseMetaspace } from './metaspace.ts'
import { type Part, parseParts, readFlag, readText, unknownKind } from './parts.ts'
import { compilePattern } from './pattern.ts'
import { type Behavior, behaviors, type Piece, splitPiece } from './split.ts'

/** Cuts a piece of text into pieces, of which each is tokenized by itself. */
export type PreTokenizer = (piece: Piece) => readonly Piece[]

/** @see https://github.com/openai/gpt-2/blob/master/src/encoder.py */
const gpt2Words = new RegExp(
  [
    "'(?:s|t|re|ve|m|ll|d)",
    ' ?\\p{L}+',
    ' ?\\p{N}+',
    ' ?[^\\p{White_Space}\\p{L}\\p{N}]+',
    '\\p{White_Space}+(?!\\P{White_Space})',
    '\\p{White_Space}+',
  ].join('|'),
  'gu',
)
const blank = /\p{White_Space}/gu
const punctuation = /[\p{P}!-/:-@[-`{-~]/gu
const wordCharacter = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}'
const wordsAndSigns = new RegExp(`[${wordCharacter}]+|[^${wordCharacter}\\p{White_Space}]+`, 'gu')

/** Cuts text as a pre-tokenizer of a `tokenizer.json` says. */
export function preTokenizer(part: Part): PreTokenizer {
  switch (part.type) {
    case 'Sequence': {
      const steps = parseParts(part, 'pretokenizers').map(preTokenizer)
      return (piece) => steps.reduce((pieces, step) => pieces.flatMap(step), [piece])
    }
    case 'ByteLevel':
      return byteLevelPreTokenizer(part)
    case 'Metaspace':
      return metaspacePreTokenizer(part)
    case 'Split': {
      const options = { pattern: compilePattern(part), invert: readFlag(part, 'invert') }
      return splitter({ ...options, behavior: readBehavior(part) })
    }
    case 'Digits': {
      const areApart = readFlag(part, 'individual_digits')
      return splitter({ pattern: /\p{N}/gu, behavior: areApart ? 'Isolated' : 'Contiguous' })
    }
    case 'Punctuation':
      return splitter({ pattern: punctuation, behavior: readBehavior(part, 'Isolated') })
    case 'Whitespace':
      return splitter({ pattern: wordsAndSigns, behavior: 'Removed', invert: true })
    case 'WhitespaceSplit':
      return splitter({ pattern: blank, behavior: 'Removed' })
    case 'BertPreTokenizer':
      return (piece) =>
        splitPiece(piece, { pattern: blank, behavior: 'Removed' }).flatMap(
          splitter({ pattern: punctuation, behavior: 'Isolated' }),
        )
    case 'CharDelimiterSplit': {
      const fields = { pattern: { String: readText(part, 'delimiter') } }
      return splitter({ pattern: compilePattern({ ...part, fields }), behavior: 'Removed' })
    }
    default:
      throw unknownKind(part)
  }
}

function splitter(options: Parameters<typeof splitPiece>[1]): PreTokenizer {
  return (piece) => splitPiece(piece, options)
}

function readBehavior(part: Part, fallback?: Behavior): Behavior {
  const value = readText(part, 'behavior', fallback)
  const behavior = behaviors.find((behavior) => behavior === value)
  if (behavior) return behavior
  throw fileError(part.name, `its ${part.role} keeps matches in the unknown way ${value}`)
}

function byteLevelPreTokenizer(part: Part): PreTokenizer {
  const addsSpace = readFlag(part, 'add_prefix_space', true)
  const findsWords = readFlag(part, 'use_regex', true)
  const encoder = new TextEncoder()
  return ({ text, offset }) => {
    const spaced = { text: addsSpace && !text.startsWith(' ') ? ` ${text}` : text, offset }
    const pieces = findsWords
      ? splitPiece(spaced, { pattern: gpt2Words, behavior: 'Isolated' })
      : [spaced]
    return pieces.map((piece) => ({ ...piece, text: toByteLevel(encoder.encode(piece.text)) }))
  }
}

function metaspacePreTokenizer(part: Part): PreTokenizer {
  const { replacement, prependScheme, splits } = parseMetaspace(part)
  const fields = { pattern: { String: replacement } }
  const pattern = compilePattern({ ...part, fields })
  return ({ text, offset }) => {
    const replacedText = text.replaceAll(' ', replacement)
    const isPrepended =
      (prependScheme === 'always' || (prependScheme === 'first' && offset < 0)) &&
      !replacedText.startsWith(replacement)
    const piece = { text: isPrepended ? replacement + replacedText : replacedText, offset }
    return splits ? splitPiece(piece, { pattern, behavior: 'MergedWithNext' }) : [piece]
  }
}
