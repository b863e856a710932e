import type { Prompt } from '../../prompt/prompt.ts'
import type { AddedToken } from '../vocabulary.ts'
import { controlMarks } from './control-marks.ts'
import { cutAtTokens } from './cut-at-tokens.ts'
import { loadTokenModel } from './load-token-model.ts'
import { normalizer } from './normalizer.ts'
import { parseComponent } from './components.ts'
import { preTokenizer } from './pre-tokenizer.ts'
import { type Match, type Sought, tokenMatcher } from './token-matcher.ts'

interface EncoderOptions {
  /** `tokenizer.json`, parsed. */
  readonly file: Readonly<Record<string, unknown>>
  readonly addedTokens: readonly AddedToken[]
  /** For messages. */
  readonly name: string
  readonly controlToken: (text: string) => AddedToken
}

/**
 * Turns prompts into tokens, in the steps of the reference: tokens that are found in text as it is,
 * the normalizer, tokens that are found in normalized text, the pre-tokenizer, and the model.
 * @see https://github.com/huggingface/tokenizers/tree/main/tokenizers/src/tokenizer
 */
export function encoder({
  file,
  addedTokens,
  name,
  controlToken,
}: EncoderOptions): (prompt: Prompt) => number[] {
  const normalizerComponent = parseComponent(file.normalizer, 'normalizer', name)
  const preTokenizerComponent = parseComponent(file.pre_tokenizer, 'pre-tokenizer', name)
  const normalize = normalizerComponent ? normalizer(normalizerComponent) : (text: string) => text
  const cut = preTokenizerComponent ? preTokenizer(preTokenizerComponent) : undefined
  const model = loadTokenModel(file.model, name)
  const findLiteral = tokenMatcher(
    new Map(seek(addedTokens.filter((token) => !token.isNormalized))),
  )
  const normalizedTokens = seek(addedTokens.filter((token) => token.isNormalized)).map(
    ([text, sought]) => [normalize(text), sought] as const,
  )
  const findNormalized = tokenMatcher(new Map(normalizedTokens))

  /** Finds normalized tokens, and the marks of control tokens with what the normalizer adds. */
  function markMatcher(marks: ReadonlyMap<AddedToken, string>): typeof findNormalized {
    if (marks.size === 0) return findNormalized
    const controls = [...marks].flatMap(([token, mark]) =>
      [mark, normalize(mark)].map((text) => [text, { token, isControl: true }] as const),
    )
    return tokenMatcher(new Map([...normalizedTokens, ...controls]))
  }

  return (prompt) => {
    const segments = prompt.map((segment) =>
      'control' in segment
        ? { token: controlToken(segment.control) }
        : { text: segment.text.toWellFormed() },
    )
    const marks = controlMarks(
      segments.flatMap(({ token }) => (token?.isNormalized ? [token] : [])),
      segments.flatMap(({ text }) => text ?? []),
    )
    const { text, matches } = layOut(segments, marks, findLiteral)
    const findMarked = markMatcher(marks)

    return cutAtTokens(text, matches).flatMap((section) => {
      if ('id' in section) return section.id
      const normalized = normalize(section.text)
      const firstLength = section.start === 0 ? lengthOfFirst(section.text, normalize) : 0
      return cutAtTokens(normalized, findMarked(normalized)).flatMap((part) => {
        if ('id' in part) return part.id
        const span = { text: part.text, offset: part.start - firstLength }
        return (cut?.(span) ?? [span]).flatMap(({ text }) => model(text))
      })
    })
  }
}

/** Of the normalized text, how much comes from the first character; 0 where that was removed. */
function lengthOfFirst(text: string, normalize: (text: string) => string): number {
  return normalize(String.fromCodePoint(text.codePointAt(0) ?? 0)).length
}

function seek(tokens: readonly AddedToken[]): readonly (readonly [string, Sought])[] {
  return tokens.map((token) => [token.content, { token, isControl: false }])
}

type ReadSegment =
  | { readonly token: AddedToken; readonly text?: undefined }
  | { readonly text: string; readonly token?: undefined }

/** The prompt as one text, with the control tokens and the tokens in text at their places. */
function layOut(
  segments: readonly ReadSegment[],
  marks: ReadonlyMap<AddedToken, string>,
  find: (text: string) => readonly Match[],
): { readonly text: string; readonly matches: readonly Match[] } {
  const matches: Match[] = []
  let wholeText = ''
  for (const { token, text } of segments) {
    const start = wholeText.length
    const mark = token && marks.get(token)
    wholeText += text ?? mark ?? token.content
    if (token && mark === undefined)
      matches.push({ token, isControl: true, start, end: wholeText.length })
    for (const match of text === undefined ? [] : find(text))
      matches.push({ ...match, start: start + match.start, end: start + match.end })
  }
  return { text: wholeText, matches }
}
