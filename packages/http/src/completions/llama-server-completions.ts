import * as z from 'zod'
import { honoredSettings, llamaServerSamplers, samplingFields } from '../sampling.ts'
import type { CompletionsDialect, CompletionStep, ScoredToken } from './completions-dialect.ts'

const logprobSchema = z.object({ id: z.int(), token: z.string(), logprob: z.number() })

const chunkSchema = z.object({
  content: z.string().nullish(),
  tokens: z.array(z.int()).nullish(),
  tokens_predicted: z.int().nullish(),
  stop: z.boolean().nullish(),
  stop_type: z.string().nullish(),
  completion_probabilities: z
    .array(logprobSchema.extend({ top_logprobs: z.array(logprobSchema).default([]) }))
    .nullish(),
  prompt_progress: z.object({ total: z.int(), cache: z.int(), processed: z.int() }).nullish(),
})

/**
 * llama-server's own completions. Each request sets everything that shapes a reply, because the
 * server may have been started with any default.
 */
export const llamaServerCompletions: CompletionsDialect = {
  path: '/completion',
  sampling: honoredSettings('llama-server'),
  grammar: 'always',
  logprobs: true,
  encode: ({ model, prompt, maxTokens, sampling, grammar, logprobs }) => ({
    model,
    prompt,
    n_predict: maxTokens,
    stream: true,
    return_tokens: true,
    return_progress: true,
    cache_prompt: true,
    samplers: llamaServerSamplers,
    ...samplingFields('llama-server', sampling),
    mirostat: 0,
    dynatemp_range: 0,
    logit_bias: [],
    ignore_eos: false,
    stop: [],
    ...(grammar !== undefined && { grammar }),
    // The server reports the sampled token only together with at least one alternative.
    ...(logprobs !== undefined && { n_probs: Math.max(1, logprobs), post_sampling_probs: false }),
  }),
  decode: decodeChunk,
}

function decodeChunk(value: unknown): CompletionStep {
  const chunk = chunkSchema.parse(value)
  if (chunk.prompt_progress) {
    const { total, cache, processed } = chunk.prompt_progress
    return { tokens: [], prefill: { processed, total, cached: cache } }
  }
  return {
    text: chunk.content ?? '',
    tokens: chunk.tokens ?? [],
    outputCount: chunk.tokens_predicted ?? 0,
    ...(chunk.completion_probabilities && {
      logprobs: chunk.completion_probabilities.map((entry) => ({
        ...scoredToken(entry),
        top: entry.top_logprobs.map(scoredToken),
      })),
    }),
    ...(chunk.stop && { rawFinishReason: chunk.stop_type ?? 'stop' }),
  }
}

function scoredToken({ id, token, logprob }: z.infer<typeof logprobSchema>): ScoredToken {
  return { token: id, text: token, logprob }
}
