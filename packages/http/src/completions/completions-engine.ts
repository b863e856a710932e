import type { Engine } from '@nano/chat/engine'
import type { ModelInfo } from '@nano/core'
import { type CompletionServer, streamCompletion } from './completion-stream.ts'

export interface CompletionsEngineOptions extends CompletionServer {
  readonly info: ModelInfo & { readonly contextLength: number }
}

/**
 * A server's raw completions as an engine: the prompt is sent as token ids. Steering ends one
 * completion and starts another behind the tokens so far.
 */
export function completionsEngine({ info, ...server }: CompletionsEngineOptions): Engine {
  const { client, dialect, tokenizer } = server
  return {
    name: client.label,
    info,
    sampling: dialect.sampling,
    vocabularySize: tokenizer.vocabularySize,
    logprobs: dialect.logprobs,
    grammar: true,
    ...(tokenizer.prependedToken !== undefined && { bosToken: tokenizer.prependedToken }),

    async *complete(initialPrompt, options) {
      let prompt = initialPrompt
      let { maxTokens, grammar } = options
      for (let isContinuation = false; ; isContinuation = true) {
        const { grammar: _, ...unconstrainedOptions } = options
        const steeredCompletion = yield* streamCompletion(server, {
          prompt,
          options: {
            ...unconstrainedOptions,
            maxTokens,
            ...(grammar !== undefined && { grammar }),
          },
          isContinuation,
        })
        if (!steeredCompletion) return
        prompt = [...prompt, ...steeredCompletion.tokens, ...steeredCompletion.steering.replacement]
        maxTokens = steeredCompletion.steering.maxTokens
        grammar = steeredCompletion.steering.grammar
      }
    },

    tokenize: tokenizer.tokenize,
    detokenize: tokenizer.detokenize,
    async close() {},
  }
}
