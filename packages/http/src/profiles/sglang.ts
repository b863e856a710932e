import { openAiChat } from '../chat/encode-openai.ts'
import {
  openAiCompletions,
  penalties,
  tokenIdsIf,
  topK,
} from '../completions/openai-completions.ts'
import type { Profile } from './profile.ts'
import { models, ownedBy } from './openai-models.ts'

/** Its seed counts only with `--enable-deterministic-inference`. */
const sampling = [
  'temperature',
  'topP',
  'topK',
  'minP',
  'presencePenalty',
  'frequencyPenalty',
] as const

/**
 * Token ids in and out, since `return_token_ids` of July 2026; its own `/generate` gives them in
 * older versions too, and all of them anew with each token. Log-probabilities are of what
 * temperature has made of the logits, which is not the contract's meaning.
 * @see https://github.com/sgl-project/sglang/pull/30917
 * @see https://github.com/sgl-project/sglang/blob/main/python/sglang/srt/entrypoints/openai/serving_completions.py
 */
const completions = openAiCompletions({
  sampling,
  logprobs: false,
  // A top-k of -1 keeps all.
  fields: (ask) => ({
    return_token_ids: true,
    top_k: topK(ask, -1),
    ...penalties(ask),
    ...(ask.grammar !== undefined && { ebnf: ask.grammar }),
  }),
})

/** @see https://docs.sglang.io/basic_usage/sampling_params.html */
export const sglang: Profile = {
  name: 'sglang',
  sign: ownedBy('sglang'),
  models,
  health: '/health',
  describe: [tokenIdsIf('return_token_ids')],
  completions,
  chat: openAiChat({
    sampling,
    neutral: {
      temperature: 1,
      top_p: 1,
      top_k: -1,
      min_p: 0,
      presence_penalty: 0,
      frequency_penalty: 0,
      repetition_penalty: 1,
    },
    templateArguments: 'chat_template_kwargs',
    continuation: { continue_final_message: true },
    always: { separate_reasoning: true, stream_reasoning: true },
    forcedTools: true,
    schema: true,
  }),
}
