import * as z from 'zod'
import { openAiChat } from '../chat/encode-openai.ts'
import type { Profile } from './profile.ts'
import { models } from './openai-models.ts'

const listing = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      state: z.string(),
      quantization: z.string().optional(),
      max_context_length: z.int().optional(),
      loaded_context_length: z.int().optional(),
    }),
  ),
})

/** @see https://lmstudio.ai/docs/app/api/endpoints/rest */
export const lmStudio: Profile = {
  name: 'lm-studio',
  sign: {
    path: '/api/v0/models',
    read: (answer) => listing.safeParse(answer).success || undefined,
  },
  models,
  describe: [
    {
      path: '/api/v0/models',
      read(answer, model) {
        const said = listing.safeParse(answer).data?.data.find(({ id }) => id === model)
        if (!said) return undefined
        return {
          ...(said.loaded_context_length !== undefined && {
            contextLength: said.loaded_context_length,
          }),
          ...(said.quantization !== undefined && { quantisation: said.quantization }),
        }
      },
    },
  ],
  chat: openAiChat({
    sampling: ['temperature', 'topP', 'topK', 'seed'],
    neutral: {
      temperature: 1,
      top_p: 1,
      top_k: 0,
      presence_penalty: 0,
      frequency_penalty: 0,
      repeat_penalty: 1,
    },
    schema: true,
  }),
}
