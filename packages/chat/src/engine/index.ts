export { chat } from '../chat.ts'
export type { CompletionOptions, Engine, Increment, PrefillStats, Steering } from '../engine.ts'
export type { ReasoningSwitch, ToolCallOptions } from '../format.ts'
export { resolveFormat } from '../formats/formats.ts'
export type { GrammarBuilder } from '../grammar/rules.ts'
export type { Prompt, Segment } from '../prompt.ts'
export {
  argmax,
  logProbabilities,
  type LogProbabilities,
  sampler,
  type Sampler,
  uniform,
} from '../sampler.ts'
export { toSpacedJson } from '../spaced-json.ts'
export { tokenToBytes, joinPieces, type Piece, type Spelling } from '../tokenizer/pieces.ts'
export { collectCallIds } from '../tool-calls/call-ids.ts'
export type { CallRule } from '../tool-calls/call-rules.ts'
export { chooseContextLength, importTiny, isFormatOrName, requireFormat } from '../open-model.ts'
export { type PooledSequence, type SequencePool, sequencePool } from '../sequence-pool.ts'
