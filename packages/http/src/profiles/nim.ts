import * as z from 'zod'
import { openAiChat } from '../chat/openai-chat.ts'
import { modelList } from './model-list.ts'
import type { Profile } from './profile.ts'
import { tokenIdsProbe } from './token-ids-probe.ts'
import { vllmChatOptions, vllmCompletions } from './vllm.ts'

const metadataSchema = z.object({ version: z.string(), modelInfo: z.array(z.unknown()) })

/**
 * A self-hosted NIM. NVIDIA's hosted ones list their models as any server does, so the options name
 * them with `server: 'nim'`. Since version 2 a NIM contains vLLM; before, it contained one of
 * several engines, so token ids are sent only where its API description has them.
 * @see https://docs.nvidia.com/nim/large-language-models/2.0.1/reference/api-reference.html
 */
export const nim: Profile = {
  name: 'nim',
  identify: {
    path: '/v1/metadata',
    read: (response) => metadataSchema.safeParse(response).success || undefined,
  },
  models: modelList,
  healthPath: '/v1/health/ready',
  describe: [tokenIdsProbe('return_token_ids')],
  completions: { ...vllmCompletions('nim'), needsTokenIdsClaim: true },
  chat: openAiChat({ ...vllmChatOptions, server: 'nim' }),
}
