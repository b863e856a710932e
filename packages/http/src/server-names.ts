/**
 * The servers that have a profile; `openai-compatible` is every other server that speaks OpenAI's
 * chat completions.
 */
export const serverNames = [
  'llama-server',
  'vllm',
  'sglang',
  'ollama',
  'nim',
  'lm-studio',
  'tensorrt-llm',
  'tgi',
  'openai-compatible',
] as const
/** One of `serverNames`. */
export type ServerName = (typeof serverNames)[number]
