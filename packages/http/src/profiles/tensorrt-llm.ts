import { openAiChat } from '../openai-chat.ts'
import type { Profile } from '../profile.ts'
import { models, ownedBy } from './openai.ts'

/**
 * It rejects every field it does not know, so it is sent none it might not.
 * @see https://github.com/NVIDIA/TensorRT-LLM/blob/main/tensorrt_llm/serve/openai_protocol.py
 */
export const tensorRtLlm: Profile = {
  name: 'tensorrt-llm',
  sign: ownedBy('tensorrt_llm'),
  models,
  chat: openAiChat({
    sampling: ['temperature', 'topP', 'topK', 'minP', 'presencePenalty', 'frequencyPenalty', 'seed'],
    neutral: { temperature: 1, top_p: 1, top_k: 0, min_p: 0, repetition_penalty: 1 },
    templateArguments: 'chat_template_kwargs',
    schema: true,
  }),
}
