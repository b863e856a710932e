import { openAiChat } from '../openai-chat.ts'
import type { Profile } from '../profile.ts'
import { models, ownedBy } from './openai.ts'

/** @see https://docs.sglang.ai/basic_usage/openai_api_completions.html */
export const sglang: Profile = {
  name: 'sglang',
  sign: ownedBy('sglang'),
  models,
  health: '/health',
  chat: openAiChat({
    sampling: ['temperature', 'topP', 'topK', 'minP', 'presencePenalty', 'frequencyPenalty'],
    // -1 keeps all.
    neutral: { temperature: 1, top_p: 1, top_k: -1, min_p: 0, presence_penalty: 0, frequency_penalty: 0, repetition_penalty: 1 },
    templateArguments: 'chat_template_kwargs',
    continuation: { continue_final_message: true },
    always: { separate_reasoning: true, stream_reasoning: true },
    forcedTools: true,
    schema: true,
  }),
}
