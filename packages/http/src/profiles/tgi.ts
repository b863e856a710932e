import * as z from 'zod'
import { openAiChat } from '../chat/encode-openai.ts'
import type { Profile } from './profile.ts'
import { models } from './openai-models.ts'

const info = z.object({
  model_id: z.string(),
  max_total_tokens: z.int(),
  router: z.string().optional(),
})

/**
 * Text Generation Inference. It refuses a top-p of 1, which is what it does without one.
 * @see https://github.com/huggingface/text-generation-inference/blob/main/router/src/lib.rs
 */
export const tgi: Profile = {
  name: 'tgi',
  sign: { path: '/info', read: (answer) => info.safeParse(answer).success || undefined },
  models,
  health: '/health',
  describe: [
    {
      path: '/info',
      read(answer) {
        const said = info.safeParse(answer).data
        return said && { contextLength: said.max_total_tokens }
      },
    },
  ],
  chat: openAiChat({
    sampling: ['temperature', 'topP', 'frequencyPenalty', 'presencePenalty', 'seed'],
    neutral: { temperature: 1 },
    leaveOut: { top_p: 1 },
    forcedTools: true,
    schema: true,
    responseFormat: (schema) => ({ type: 'json', value: schema }),
  }),
}
