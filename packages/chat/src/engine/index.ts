export { chooseContextLength, importTiny, isClock, isFormatOrName } from '../adapter/open-model.ts'
export { type PooledSequence, type SequencePool, sequencePool } from '../adapter/sequence-pool.ts'
export type { ReasoningFormat, ReasoningSwitch } from '../format/chat-format.ts'
export { resolveFormat } from '../formats/formats.ts'
export type { GrammarBuilder } from '../grammar/grammar-builder.ts'
export type { Steps } from '@nano/core/driver'
export { continuesThought, findContinuedReply, toConversation } from '../prompt/conversation.ts'
export type { Prompt, Segment } from '../prompt/prompt.ts'
export { toResultText, toSpacedJson } from '../prompt/to-spaced-json.ts'
export { type PartFilter, partFilter, replySplitter } from '../reply/reply-splitter.ts'
export { type LogProbabilities, logProbabilities } from '../sampling/log-probabilities.ts'
export { argmax, sampler, type Sampler } from '../sampling/sampler.ts'
export { findFastestThreads, threadCandidates, type ThreadRun } from '../threads/find-fastest.ts'
export { sameThreads } from '../threads/thread-counts.ts'
export {
  cachePieces,
  joinPieces,
  pieceDecoder,
  pieceReader,
  type Spelling,
  type TokenPiece,
  tokenPiece,
  tokenToBytes,
} from '../tokenizer/token-bytes.ts'
export { callIdGenerator, collectCallIds } from '../tool-calls/call-ids.ts'
export { hermesCalls } from '../tool-calls/family-calls.ts'
export type { CallFormat } from '../tool-calls/call-format.ts'
export type { CallRule } from '../tool-calls/described-call-rule.ts'
export type { ToolCallOptions } from '../tool-calls/call-syntax.ts'
export { chat } from './chat.ts'
export type { CompletionOptions, Engine, Increment, PrefillStats, Steering } from './engine.ts'
