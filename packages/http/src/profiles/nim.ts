import { z } from 'zod'
import { openAiChat } from '../openai-chat.ts'
import type { Profile } from '../profile.ts'
import { models } from './openai.ts'
import { vllmChat } from './vllm.ts'

const metadata = z.union([z.object({ version: z.string() }), z.object({ modelInfo: z.array(z.unknown()) })])

/**
 * A NIM of one's own; NVIDIA's hosted ones list models like any server, and are named with `server: 'nim'`.
 * @see https://docs.nvidia.com/nim/large-language-models/latest/api-reference.html
 */
export const nim: Profile = {
  name: 'nim',
  sign: { path: '/v1/metadata', read: (answer) => metadata.safeParse(answer).success || undefined },
  models,
  health: '/v1/health/ready',
  chat: openAiChat(vllmChat),
}
