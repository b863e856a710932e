import { openAiChat } from '../chat/encode-openai.ts'
import type { Profile } from './profile.ts'
import { models } from './openai-models.ts'

/**
 * Whatever else speaks OpenAI's chat completions; it is told nothing that is not in OpenAI's own
 * description.
 */
export const openAiCompatible: Profile = {
  name: 'openai-compatible',
  sign: { path: models.path, read: (answer) => models.read(answer) !== undefined || undefined },
  models,
  chat: openAiChat({
    sampling: ['temperature', 'topP', 'presencePenalty', 'frequencyPenalty', 'seed'],
    neutral: { temperature: 1, top_p: 1 },
    forcedTools: true,
    schema: true,
  }),
}
