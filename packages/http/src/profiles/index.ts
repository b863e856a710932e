import type { Profile } from './profile.ts'
import { llamaServer } from './llama-server.ts'
import { lmStudio } from './lm-studio.ts'
import { nim } from './nim.ts'
import { ollama } from './ollama.ts'
import { openAiCompatible } from './openai-compatible.ts'
import { sglang } from './sglang.ts'
import { tensorRtLlm } from './tensorrt-llm.ts'
import { tgi } from './tgi.ts'
import { vllm } from './vllm.ts'

/**
 * Every server there is a profile for; what has endpoints of its own first, then who names itself
 * in the list of models, then whoever has such a list.
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
