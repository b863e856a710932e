import * as z from 'zod'
import { openAiChat } from '../chat/openai-chat.ts'
import { nameInPath } from '../model-names.ts'
import { modelList } from './model-list.ts'
import type { Profile } from './profile.ts'

const infoSchema = z.object({
  model_id: z.string(),
  max_total_tokens: z.int(),
  router: z.string().optional(),
})

/**
 * Text Generation Inference.
 * @see https://github.com/huggingface/text-generation-inference/blob/main/router/src/lib.rs
 */
export const tgi: Profile = {
  name: 'tgi',
  identify: {
    path: '/info',
    read: (response) => infoSchema.safeParse(response).success || undefined,
  },
  models: modelList,
  healthPath: '/health',
  describe: [
    {
      path: '/info',
      read(response) {
        const info = infoSchema.safeParse(response).data
        const name = nameInPath(info?.model_id ?? '')
        return info && { contextLength: info.max_total_tokens, ...(name && { name }) }
      },
    },
  ],
  chat: openAiChat({
    server: 'tgi',
    // It cuts white space off the end of the reply, so a continued one would not be exact.
    continuesUnmarked: true,
    forcesTools: true,
    schema: true,
    encodeResponseFormat: (schema) => ({ type: 'json', value: schema }),
  }),
}
