import { fileError } from '../file-error.ts'
import { toByteLevel } from '../token-bytes.ts'
import { parseMetaspace } from './metaspace.ts'
import {
  parseComponents,
  readFlag,
  readText,
  type TokenizerComponent,
  unknownKind,
} from './components.ts'
import { compilePattern } from './pattern.ts'
import { type Behavior, behaviors, splitSpan, type TextSpan } from './split.ts'

/** Cuts a span of text into spans, of which each is tokenized by itself. */
export type PreTokenizer = (span: TextSpan) => readonly TextSpan[]

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
export function preTokenizer(component: TokenizerComponent): PreTokenizer {
  switch (component.type) {
    case 'Sequence': {
      const steps = parseComponents(component, 'pretokenizers').map(preTokenizer)
      return (span) => steps.reduce((spans, step) => spans.flatMap(step), [span])
    }
    case 'ByteLevel':
      return byteLevelPreTokenizer(component)
    case 'Metaspace':
      return metaspacePreTokenizer(component)
    case 'Split': {
      const options = { pattern: compilePattern(component), invert: readFlag(component, 'invert') }
      return splitter({ ...options, behavior: readBehavior(component) })
    }
    case 'Digits': {
      const areApart = readFlag(component, 'individual_digits')
      return splitter({ pattern: /\p{N}/gu, behavior: areApart ? 'Isolated' : 'Contiguous' })
    }
    case 'Punctuation':
      return splitter({ pattern: punctuation, behavior: readBehavior(component, 'Isolated') })
    case 'Whitespace':
      return splitter({ pattern: wordsAndSigns, behavior: 'Removed', invert: true })
    case 'WhitespaceSplit':
      return splitter({ pattern: blank, behavior: 'Removed' })
    case 'BertPreTokenizer':
      return (span) =>
        splitSpan(span, { pattern: blank, behavior: 'Removed' }).flatMap(
          splitter({ pattern: punctuation, behavior: 'Isolated' }),
        )
    case 'CharDelimiterSplit': {
      const fields = { pattern: { String: readText(component, 'delimiter') } }
      return splitter({ pattern: compilePattern({ ...component, fields }), behavior: 'Removed' })
    }
    default:
      throw unknownKind(component)
  }
}

function splitter(options: Parameters<typeof splitSpan>[1]): PreTokenizer {
  return (span) => splitSpan(span, options)
}

function readBehavior(component: TokenizerComponent, fallback?: Behavior): Behavior {
  const value = readText(component, 'behavior', fallback)
  const behavior = behaviors.find((behavior) => behavior === value)
  if (behavior) return behavior
  throw fileError(component.name, `its ${component.role} keeps matches in the unknown way ${value}`)
}

function byteLevelPreTokenizer(component: TokenizerComponent): PreTokenizer {
  const addsSpace = readFlag(component, 'add_prefix_space', true)
  const findsWords = readFlag(component, 'use_regex', true)
  const encoder = new TextEncoder()
  return ({ text, offset }) => {
    const spaced = { text: addsSpace && !text.startsWith(' ') ? ` ${text}` : text, offset }
    const spans = findsWords
      ? splitSpan(spaced, { pattern: gpt2Words, behavior: 'Isolated' })
      : [spaced]
    return spans.map((span) => ({ ...span, text: toByteLevel(encoder.encode(span.text)) }))
  }
}

function metaspacePreTokenizer(component: TokenizerComponent): PreTokenizer {
  const { replacement, prependScheme, splits } = parseMetaspace(component)
  const fields = { pattern: { String: replacement } }
  const pattern = compilePattern({ ...component, fields })
  return ({ text, offset }) => {
    const replacedText = text.replaceAll(' ', replacement)
    const isPrepended =
      (prependScheme === 'always' || (prependScheme === 'first' && offset < 0)) &&
      !replacedText.startsWith(replacement)
    const span = { text: isPrepended ? replacement + replacedText : replacedText, offset }
    return splits ? splitSpan(span, { pattern, behavior: 'MergedWithNext' }) : [span]
  }
}
