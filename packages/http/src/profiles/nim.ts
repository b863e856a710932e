import * as z from 'zod'
import { openAiChat } from '../chat/encode-openai.ts'
import { tokenIdsIf } from '../completions/openai-completions.ts'
import type { Profile } from './profile.ts'
import { models } from './openai-models.ts'
import { vllmChat, vllmCompletions } from './vllm.ts'

const metadata = z.object({ version: z.string(), modelInfo: z.array(z.unknown()) })

/**
 * A NIM of one's own; NVIDIA's hosted ones list models like any server, and are named with `server:
 * 'nim'`. Since version 2 it is vLLM within; before, it was one of several, so token ids are sent
 * only where it says that it gives them.
 * @see https://docs.nvidia.com/nim/large-language-models/2.0.1/reference/api-reference.html
 * @see https://docs.nvidia.com/nim/llama-3-1-nemotron-safety-guard-8b/1.10.1/api-reference/metadata-v-1-metadata-get
 */
export const nim: Profile = {
  name: 'nim',
  sign: { path: '/v1/metadata', read: (answer) => metadata.safeParse(answer).success || undefined },
  models,
  health: '/v1/health/ready',
  describe: [tokenIdsIf('return_token_ids')],
  completions: { ...vllmCompletions, onlyIfTold: true },
  chat: openAiChat(vllmChat),
}
