import { llamaServer } from './llama-server.ts'
import { lmStudio } from './lm-studio.ts'
import { nim } from './nim.ts'
import { ollama } from './ollama.ts'
import { openAiCompatible } from './openai-compatible.ts'
import type { Profile } from './profile.ts'
import { sglang } from './sglang.ts'
import { tensorRtLlm } from './tensorrt-llm.ts'
import { tgi } from './tgi.ts'
import { vllm } from './vllm.ts'

/**
 * Every profile, in the order in which a server is identified: servers with endpoints of their own
 * first, then those that name themselves in the list of models, then every server with such a list.
 */
export const profiles: readonly Profile[] = [
  llamaServer,
  lmStudio,
  tgi,
  nim,
  vllm,
  sglang,
  tensorRtLlm,
  ollama,
  openAiCompatible,
]
