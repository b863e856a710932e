export { chat } from './chat.ts'
export type { CompletionOptions, Engine, Increment, PrefillStats, Steering } from './engine.ts'
export type { ReasoningSwitch, ToolCallOptions } from '../format/chat-format.ts'
export { resolveFormat } from '../formats/formats.ts'
export type { GrammarBuilder } from '../grammar/grammar-builder.ts'
export type { Prompt, Segment } from '../prompt/prompt.ts'
export {
  argmax,
  logProbabilities,
  type LogProbabilities,
  sampler,
  type Sampler,
  uniform,
} from '../sampling/sampler.ts'
export { toSpacedJson } from '../prompt/to-spaced-json.ts'
export {
  joinPieces,
  type Piece,
  pieceDecoder,
  type Spelling,
  tokenToBytes,
} from '../tokenizer/token-bytes.ts'
export { collectCallIds } from '../tool-calls/call-ids.ts'
export type { CallRule } from '../tool-calls/call-rules.ts'
export {
  chooseContextLength,
  importTiny,
  isFormatOrName,
  requireFormat,
} from '../adapter/open-model.ts'
export { type PooledSequence, type SequencePool, sequencePool } from '../adapter/sequence-pool.ts'
