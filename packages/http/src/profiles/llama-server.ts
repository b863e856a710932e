import * as z from 'zod'
import { openAiChat } from '../chat/encode-openai.ts'
import type { CompletionStep, Profile } from './profile.ts'
import { models } from './openai-models.ts'

const logprob = z.object({ id: z.int(), token: z.string(), logprob: z.number() })

const completion = z.object({
  content: z.string(),
  tokens: z.array(z.int()).default([]),
  tokens_predicted: z.int().default(0),
  stop: z.boolean(),
  stop_type: z.enum(['none', 'eos', 'limit', 'word']).optional(),
  completion_probabilities: z
    .array(logprob.extend({ top_logprobs: z.array(logprob).default([]) }))
    .optional(),
  prompt_progress: z.object({ total: z.int(), cache: z.int(), processed: z.int() }).optional(),
})

const props = z.object({
  default_generation_settings: z.object({ n_ctx: z.int() }),
  chat_template: z.string().optional(),
  bos_token: z.string().optional(),
  eos_token: z.string().optional(),
  model_path: z.string().optional(),
  model_ftype: z.string().optional(),
})

const listed = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      meta: z.object({ n_vocab: z.int(), n_params: z.int() }).partial().nullish(),
    }),
  ),
})
const tokens = z.object({ tokens: z.array(z.int()) })
const pieces = z.object({ tokens: z.array(z.object({ piece: z.unknown() })) })

/**
 * llama.cpp's own server. Its penalties count the prompt's tokens too, which is not the contract's
 * meaning, so it claims none.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
 */
export const llamaServer: Profile = {
  name: 'llama-server',
  sign: { path: '/props', read: (answer) => props.safeParse(answer).success || undefined },
  models,
  listsAll: true,
  health: '/health',
  describe: [
    {
      path: '/props',
      read(answer) {
        const said = props.safeParse(answer).data
        if (!said) return undefined
        const file = said.model_path?.split(/[/\\]/).at(-1)
        return {
          contextLength: said.default_generation_settings.n_ctx,
          ...(file && { name: file.replace(/\.gguf$/i, '') }),
          ...(said.chat_template && { chatTemplate: said.chat_template }),
          ...(said.bos_token && { bos: said.bos_token }),
          ...(said.eos_token && { eos: said.eos_token }),
          ...(said.model_ftype && { quantisation: said.model_ftype }),
        }
      },
    },
    {
      // A tokenizer that puts a token before every prompt puts it before an empty one.
      path: '/tokenize',
      body: () => ({ content: '', add_special: true, parse_special: false, with_pieces: true }),
      read(answer) {
        const [first] = pieces.safeParse(answer).data?.tokens ?? []
        return typeof first?.piece === 'string' ? { beginning: first.piece } : {}
      },
    },
    {
      path: '/v1/models',
      read(answer, model) {
        const meta = listed.safeParse(answer).data?.data.find(({ id }) => id === model)?.meta
        return {
          ...(meta?.n_vocab !== undefined && { vocabularySize: meta.n_vocab }),
          ...(meta?.n_params !== undefined && { parameters: meta.n_params }),
        }
      },
    },
  ],
  tokens: {
    path: '/tokenize',
    plain: (content) => ({ content, add_special: false, parse_special: false }),
    control: (content) => ({ content, add_special: false, parse_special: true }),
    tokens: (answer) => tokens.parse(answer).tokens,
    detokenizePath: '/detokenize',
    detokenize: (ids) => ({ tokens: ids }),
    text: (answer) => z.object({ content: z.string() }).parse(answer).content,
  },
  completions: {
    path: '/completion',
    sampling: ['temperature', 'topP', 'topK', 'minP', 'seed'],
    grammar: 'yes',
    logprobs: true,
    // All of it is said: what it was started with may be anything.
    encode: ({
      prompt,
      maxTokens,
      sampling: { temperature, topP, topK, minP, seed },
      grammar,
      logprobs,
    }) => ({
      prompt,
      n_predict: maxTokens,
      stream: true,
      return_tokens: true,
      return_progress: true,
      cache_prompt: true,
      samplers: ['top_k', 'top_p', 'min_p', 'temperature'],
      temperature,
      top_p: topP,
      // 0 keeps all.
      top_k: Number.isFinite(topK) ? topK : 0,
      min_p: minP,
      seed,
      mirostat: 0,
      dynatemp_range: 0,
      logit_bias: [],
      ignore_eos: false,
      stop: [],
      ...(grammar !== undefined && { grammar }),
      // It gives the sampled token's own only with at least one alternative.
      ...(logprobs !== undefined && { n_probs: Math.max(1, logprobs), post_sampling_probs: false }),
    }),
    decode(value): CompletionStep {
      const said = completion.parse(value)
      if (said.prompt_progress) {
        const { total, cache, processed } = said.prompt_progress
        return { tokens: [], prefill: { processed, total, cached: cache } }
      }
      return {
        text: said.content,
        tokens: said.tokens,
        count: said.tokens_predicted,
        ...(said.completion_probabilities && {
          logprobs: said.completion_probabilities.map(
            ({ id, token, logprob, top_logprobs: top }) => ({
              token: id,
              text: token,
              logprob,
              top: top.map((other) => ({
                token: other.id,
                text: other.token,
                logprob: other.logprob,
              })),
            }),
          ),
        }),
        ...(said.stop && { end: said.stop_type === 'limit' ? 'length' : 'stop' }),
      }
    },
  },
  chat: openAiChat({
    sampling: ['temperature', 'topP', 'topK', 'minP', 'seed'],
    templateArguments: 'chat_template_kwargs',
    neutral: { top_k: 0, top_p: 1, min_p: 0, temperature: 1 },
    always: { cache_prompt: true },
    continuation: {},
    count: {
      path: '/v1/chat/completions/input_tokens',
      of: (chat) => chat,
      read: (answer) => z.object({ input_tokens: z.int() }).parse(answer).input_tokens,
    },
    forcedTools: true,
    schema: true,
  }),
}
