import { openAiChat } from '../chat/openai-chat.ts'
import { modelList } from './model-list.ts'
import type { Profile } from './profile.ts'

/**
 * Any other server that speaks OpenAI's chat completions; requests contain only the fields of
 * OpenAI's own description.
 */
export const openAiCompatible: Profile = {
  name: 'openai-compatible',
  identify: {
    path: modelList.path,
    read: (response) => modelList.read(response) !== undefined || undefined,
  },
  models: modelList,
  chat: openAiChat({ server: 'openai-compatible', forcesTools: true, schema: true }),
}
