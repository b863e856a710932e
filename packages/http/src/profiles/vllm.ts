import * as z from 'zod'
import { openAiChat, type OpenAiOptions } from '../chat/encode-openai.ts'
import {
  openAiCompletions,
  penalties,
  tokenIdsIf,
  topK,
} from '../completions/openai-completions.ts'
import type { Profile } from './profile.ts'
import { models, ownedBy } from './openai-models.ts'

/**
 * Its presence and frequency penalties count the reply alone; its repetition penalty counts the
 * prompt too, so it is not claimed.
 */
const sampling = [
  'temperature',
  'topP',
  'topK',
  'minP',
  'presencePenalty',
  'frequencyPenalty',
  'seed',
] as const

/** Without these a `generation_config.json` beside the model decides. */
const neutral = {
  temperature: 1,
  top_p: 1,
  top_k: 0,
  min_p: 0,
  presence_penalty: 0,
  frequency_penalty: 0,
  repetition_penalty: 1,
}

/**
 * Token ids in and out, since `return_token_ids` of 2025. Log-probabilities are of the raw logits,
 * unless it was started with another `--logprobs-mode`. A grammar is not kept to by a server with
 * `--reasoning-parser`, which says nothing of it.
 * @see https://github.com/vllm-project/vllm/blob/main/vllm/entrypoints/openai/completion/protocol.py
 * @see https://github.com/vllm-project/vllm/issues/57726
 */
export const vllmCompletions = openAiCompletions({
  sampling,
  logprobs: true,
  fields: (ask) => ({
    return_token_ids: true,
    top_k: topK(ask, 0),
    ...penalties(ask),
    seed: ask.sampling.seed,
    ...(ask.grammar !== undefined && { structured_outputs: { grammar: ask.grammar } }),
    ...(ask.logprobs !== undefined && { logprobs: ask.logprobs, return_tokens_as_token_ids: true }),
  }),
})

/** How vLLM's chat is told what, and NIM's, which is built on it. */
export const vllmChat: OpenAiOptions = {
  sampling,
  neutral,
  templateArguments: 'chat_template_kwargs',
  continuation: { continue_final_message: true, add_generation_prompt: false },
  forcedTools: true,
  schema: true,
}

const count: OpenAiOptions['count'] = {
  path: '/tokenize',
  of: promptOf,
  read: (answer) => z.object({ count: z.int() }).parse(answer).count,
}

/** Of a chat, what its prompt is made of. */
function promptOf(chat: object): object {
  const parts = [
    'model',
    'messages',
    'tools',
    'chat_template_kwargs',
    'continue_final_message',
    'add_generation_prompt',
  ]
  return Object.fromEntries(Object.entries(chat).filter(([name]) => parts.includes(name)))
}

/** @see https://docs.vllm.ai/en/latest/serving/openai_compatible_server/ */
export const vllm: Profile = {
  name: 'vllm',
  sign: ownedBy('vllm'),
  models,
  health: '/health',
  describe: [tokenIdsIf('return_token_ids')],
  completions: vllmCompletions,
  chat: openAiChat({ ...vllmChat, count }),
}
