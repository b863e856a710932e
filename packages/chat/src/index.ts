export { chat } from './chat.ts'
export { detect, formats, type ModelDescription } from './detect.ts'
export { formatOf } from './format-of.ts'
export type { CompletionOptions, Engine, Increment, Start, Steering } from './engine.ts'
export type { ChatFormat, Conversation, ReasoningSwitch, ToolCallOptions } from './format.ts'
export { chatml } from './formats/chatml.ts'
export { deepseekR1Distill } from './formats/deepseek-r1-distill.ts'
export { gptOss } from './formats/gpt-oss.ts'
export { granite33 } from './formats/granite-3.3.ts'
export { llama3 } from './formats/llama-3.ts'
export { nemotron3Nano } from './formats/nemotron-3-nano.ts'
export { nemotronNano2 } from './formats/nemotron-nano-2.ts'
export { nemotron } from './formats/nemotron.ts'
export { phi4MiniReasoning } from './formats/phi-4-mini-reasoning.ts'
export { qwen3 } from './formats/qwen-3.ts'
export { smollm3 } from './formats/smollm-3.ts'
export { control, type Prompt, promptText, type Segment, text } from './prompt.ts'
export {
  argmax,
  logProbabilities,
  type LogProbabilities,
  sampler,
  type Sampler,
  uniform,
} from './sampler.ts'
export type { Rules } from './grammar/rules.ts'
export { spacedJson } from './spaced-json.ts'
export { templateFormat, type TemplateOptions } from './template.ts'
export { bytesOf, joinPieces, type Piece, type Spelling } from './tokenizer/pieces.ts'
export { takenIds } from './tool-calls/call-ids.ts'
export type { CallRule } from './tool-calls/call-rules.ts'
