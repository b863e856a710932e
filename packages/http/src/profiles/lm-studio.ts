import * as z from 'zod'
import { openAiChat } from '../chat/openai-chat.ts'
import { modelList } from './model-list.ts'
import type { Profile } from './profile.ts'

const listSchema = z.object({
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
  identify: {
    path: '/api/v0/models',
    read: (response) => listSchema.safeParse(response).success || undefined,
  },
  models: modelList,
  describe: [
    {
      path: '/api/v0/models',
      read(response, model) {
        const listedModel = listSchema.safeParse(response).data?.data.find(({ id }) => id === model)
        if (!listedModel) return undefined
        const { loaded_context_length: contextLength, quantization } = listedModel
        return {
          ...(contextLength !== undefined && { contextLength }),
          ...(quantization !== undefined && { quantization }),
        }
      },
    },
  ],
  chat: openAiChat({ server: 'lm-studio', schema: true }),
}
