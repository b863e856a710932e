export type { Capabilities } from './capabilities.ts'
export type { Call, Driver, Middleware, ModelInfo, PrefillProgress, Rendered } from './driver.ts'
export { type ErrorCode, errorCodes, NanoError, type NanoErrorOptions } from './error.ts'
export { fallback } from './fallback.ts'
export {
  cache,
  type CacheOptions,
  type CacheStore,
  contextWindow,
  type ContextWindowOptions,
  defaults,
  forward,
  limit,
  memoryStore,
  retry,
  type RetryOptions,
  rewriteRequest,
  rewriteText,
  standard,
  type StandardOptions,
  structured,
  type StructuredOptions,
  timeout,
  type TimeoutOptions,
  trace,
  traceChannel,
  type TraceEvent,
} from './middleware/index.ts'
export { type CallOptions, Model } from './model.ts'
export type { FinishReason, Part, Timings, TokenLogprob, ToolCall, Usage } from './part.ts'
export {
  type GenerateInput,
  type GenerateRequest,
  type Message,
  type Preset,
  requestSchema,
  type Sampling,
  type Tool,
} from './request.ts'
export { collect, type GenerateResult } from './result.ts'
export { type Slots, slots } from './slots.ts'
export { stopAt } from './stop-at.ts'
export { type Carry, carry } from './text/carry.ts'
export { type CodeSpans, codeSpans } from './text/code-spans.ts'
export type { TextMachine } from './text/machine.ts'
export { heldBack } from './text/marker.ts'
export {
  type ReasoningMarkers,
  type ReasoningSplitter,
  splitReasoning,
  type SplitOptions,
} from './text/split-reasoning.ts'
export { type Stopper, stopStrings } from './text/stop-strings.ts'
export { type TokenDecoder, wholeCodePoints } from './text/whole-code-points.ts'
export { unlessAborted } from './unless-aborted.ts'
