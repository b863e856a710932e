import type { CompletionOptions, Increment } from '@nano/chat/engine'
import type { FinishReason, TokenLogprob } from '@nano/core'
import type { ModelTokenizer } from '../tokenizer/model-tokenizer.ts'
import type { CompletionStep, ScoredToken } from './completions-dialect.ts'

/** Reads the steps of one completion, in order, and adds what the server leaves out. */
export interface StepReader {
  /**
   * How many of the step's tokens the server only counted: it sends a character of several tokens
   * with the id of the last one. `outputCount` is the number of tokens before the step.
   */
  countMissing(step: CompletionStep, outputCount: number): number
  /** The tokens of a step that lacks some; their number is right, and where possible their ids. */
  recoverTokens(step: CompletionStep, missingCount: number): Promise<readonly number[]>
  /** The server's text, or that of the tokens, without the token that ends the turn. */
  readText(step: CompletionStep, finishReason: FinishReason | undefined): string
  /** Empty where the request asks for none. */
  readLogprobs(step: CompletionStep): readonly TokenLogprob[]
  /** Adds the text of control tokens where the request asks for it and the server left it out. */
  withControlText(increment: Increment): Promise<Increment>
}

interface StepReaderOptions extends CompletionOptions {
  /** The last token of the prompt. */
  readonly previousToken: number | undefined
}

export function stepReader(
  tokenizer: ModelTokenizer,
  { shownControlTokens = [], logprobs: topCount, signal, previousToken }: StepReaderOptions,
): StepReader {
  const decoder = tokenizer.decoder?.({ shownControlTokens, previousToken })
  let scoredToken = previousToken

  function addText({ token, text, logprob }: ScoredToken): Omit<TokenLogprob, 'top'> {
    const tokenDecoder = tokenizer.decoder?.({
      shownControlTokens: 'all',
      previousToken: scoredToken,
    })
    return {
      token,
      logprob,
      text: text ?? (tokenDecoder ? tokenDecoder.push(token) + tokenDecoder.end() : ''),
    }
  }

  return {
    countMissing: ({ tokens, outputCount = 0 }, before) => outputCount - before - tokens.length,

    async recoverTokens({ text, tokens }, missingCount) {
      const textTokens = text ? await tokenizer.tokenize([{ text }], signal) : []
      if (textTokens.length === missingCount + tokens.length) return textTokens
      return [...Array.from({ length: missingCount }, () => textTokens[0] ?? 0), ...tokens]
    },

    readText({ text, tokens }, finishReason) {
      if (text !== undefined) return text
      const endsTurn = finishReason === 'stop' && tokenizer.turnEnds.includes(tokens.at(-1) ?? -1)
      const textTokens = endsTurn ? tokens.slice(0, -1) : tokens
      if (!decoder) return ''
      return textTokens.map((id) => decoder.push(id)).join('') + (finishReason ? decoder.end() : '')
    },

    readLogprobs({ logprobs = [] }) {
      if (topCount === undefined) return []
      return logprobs.map((scored) => {
        const top = scored.top.slice(0, topCount).map(addText)
        const logprob = { ...addText(scored), top }
        scoredToken = scored.token
        return logprob
      })
    },

    async withControlText(increment) {
      if (shownControlTokens.length === 0 || tokenizer.decoder) return increment
      return { ...increment, text: await tokenizer.detokenize(increment.tokens, signal) }
    },
  }
}
