import * as z from 'zod'
import { ollamaChat } from '../chat/ollama-chat.ts'
import type { Profile } from './profile.ts'

const tagsSchema = z.object({
  models: z
    .array(z.object({ name: z.string(), model: z.string().optional() }))
    .nullable()
    .transform((models) => models ?? []),
})

const showSchema = z.object({
  details: z.object({ quantization_level: z.string() }).partial().optional(),
  model_info: z.record(z.string(), z.unknown()).default({}),
  capabilities: z.array(z.string()).default([]),
})

/** Tokens; a longer context takes memory that the user has to ask for. */
const defaultContextLength = 8_192

/** @see https://github.com/ollama/ollama/blob/main/docs/api.md */
export const ollama: Profile = {
  name: 'ollama',
  identify: {
    path: '/api/tags',
    read: (response) => tagsSchema.safeParse(response).success || undefined,
  },
  models: {
    path: '/api/tags',
    read: (response) =>
      tagsSchema.safeParse(response).data?.models.map(({ name, model }) => ({ id: model ?? name })),
  },
  listsEveryModel: true,
  healthPath: '/api/version',
  describe: [
    {
      path: '/api/show',
      body: (model) => ({ model }),
      read(response) {
        const model = showSchema.safeParse(response).data
        if (!model) return undefined
        const {
          'general.name': ownName,
          'general.basename': baseName,
          'general.size_label': size,
          'general.parameter_count': parameters,
          ...info
        } = model.model_info
        const familyName = typeof size === 'string' ? `${String(baseName)}-${size}` : baseName
        const name = ownName ?? (baseName && familyName)
        const trainedContextLength = Object.entries(info).find(([key]) =>
          key.endsWith('.context_length'),
        )?.[1]
        const quantization = model.details?.quantization_level
        return {
          contextLength:
            typeof trainedContextLength === 'number'
              ? Math.min(trainedContextLength, defaultContextLength)
              : defaultContextLength,
          hasReasoningField: model.capabilities.includes('thinking'),
          ...(typeof name === 'string' && { name }),
          ...(typeof parameters === 'number' && { parameters }),
          ...(quantization !== undefined && { quantization }),
        }
      },
    },
  ],
  chat: ollamaChat,
}
