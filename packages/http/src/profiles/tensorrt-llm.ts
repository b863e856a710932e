import { openAiChat } from '../chat/encode-openai.ts'
import { openAiCompletions, tokenIdsIf, topK } from '../completions/openai-completions.ts'
import type { Profile } from './profile.ts'
import { models, ownedBy } from './openai-models.ts'

/** Its penalties count the prompt too. */
const sampling = ['temperature', 'topP', 'topK', 'minP', 'seed'] as const

/**
 * Token ids in, and out where it is told not to write text, since `detokenize` of July 2025; it
 * keeps to a grammar when it was started with a `guided_decoding_backend`. Log-probabilities of
 * alternatives come by their text, which several tokens may share.
 * @see https://github.com/NVIDIA/TensorRT-LLM/pull/5382
 * @see https://nvidia.github.io/TensorRT-LLM/features/guided-decoding.html
 */
const completions = openAiCompletions({
  sampling,
  logprobs: false,
  fields: (ask) => ({
    // With every value, so that what came from the cache is known from the first.
    stream_options: { include_usage: true, continuous_usage_stats: true },
    detokenize: false,
    // Else the token that ended the turn is not among them.
    include_stop_str_in_output: true,
    top_k: topK(ask, 0),
    seed: ask.sampling.seed,
    ...(ask.grammar !== undefined && { response_format: { type: 'ebnf', ebnf: ask.grammar } }),
  }),
})

/**
 * It rejects every field it does not know, so it is sent none it might not.
 * @see https://github.com/NVIDIA/TensorRT-LLM/blob/main/tensorrt_llm/serve/openai_protocol.py
 */
export const tensorRtLlm: Profile = {
  name: 'tensorrt-llm',
  sign: ownedBy('tensorrt_llm'),
  models,
  describe: [tokenIdsIf('detokenize')],
  completions,
  chat: openAiChat({
    sampling,
    neutral: { temperature: 1, top_p: 1, top_k: 0, min_p: 0, repetition_penalty: 1 },
    templateArguments: 'chat_template_kwargs',
    schema: true,
  }),
}
