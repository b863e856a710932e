import { z } from 'zod'
import { openAiChat, type OpenAiOptions } from '../openai-chat.ts'
import type { CompletionsDialect, CompletionStep, Profile } from '../profile.ts'
import { models, ownedBy } from './openai.ts'

const completion = z.object({
  choices: z.array(z.object({ text: z.string(), token_ids: z.array(z.int()).nullish(), finish_reason: z.enum(['stop', 'length']).nullish() })),
})

/** Its presence and frequency penalties count the reply alone; its repetition penalty counts the prompt too, so it is not claimed. */
const sampling = ['temperature', 'topP', 'topK', 'minP', 'presencePenalty', 'frequencyPenalty', 'seed'] as const

/** Without these a `generation_config.json` beside the model decides. */
const neutral = { temperature: 1, top_p: 1, top_k: 0, min_p: 0, presence_penalty: 0, frequency_penalty: 0, repetition_penalty: 1 }

/** Token ids in and out need a version with `return_token_ids`. */
const completions: CompletionsDialect = {
  path: '/v1/completions',
  sampling,
  grammar: false,
  logprobs: false,
  encode: ({ model, prompt, maxTokens, sampling: { temperature, topP, topK, minP, seed, presencePenalty = 0, frequencyPenalty = 0 }, controlText = false, ends }) => ({
    model,
    prompt,
    max_tokens: maxTokens,
    stream: true,
    return_token_ids: true,
    ...neutral,
    temperature,
    top_p: topP,
    top_k: Number.isFinite(topK) ? topK : 0,
    min_p: minP,
    presence_penalty: presencePenalty,
    frequency_penalty: frequencyPenalty,
    seed,
    ...(ends.length > 0 && { stop_token_ids: ends }),
    ...(controlText && { skip_special_tokens: false, spaces_between_special_tokens: false }),
  }),
  decode(value): CompletionStep {
    const [choice] = completion.parse(value).choices
    if (!choice) return { text: '', tokens: [] }
    return { text: choice.text, tokens: z.array(z.int(), 'the server gives no token ids: it is older than return_token_ids, so open it in the mode chat').parse(choice.token_ids), ...(choice.finish_reason && { end: choice.finish_reason }) }
  },
}

/** How vLLM's chat is told what, and NIM's, which is built on it. */
export const vllmChat: OpenAiOptions = {
  sampling,
  neutral,
  templateArguments: 'chat_template_kwargs',
  continuation: { continue_final_message: true, add_generation_prompt: false },
  forcedTools: true,
  schema: true,
}

const count: OpenAiOptions['count'] = { path: '/tokenize', of: promptOf, read: (answer) => z.object({ count: z.int() }).parse(answer).count }

/** Of a chat, what its prompt is made of. */
function promptOf(chat: object): object {
  const parts = ['model', 'messages', 'tools', 'chat_template_kwargs', 'continue_final_message', 'add_generation_prompt']
  return Object.fromEntries(Object.entries(chat).filter(([name]) => parts.includes(name)))
}

/** @see https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html */
export const vllm: Profile = { name: 'vllm', sign: ownedBy('vllm'), models, health: '/health', completions, chat: openAiChat({ ...vllmChat, count }) }
