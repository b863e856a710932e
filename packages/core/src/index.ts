export type { Capabilities } from './capabilities.ts'
export type { Middleware, ModelInfo, ThreadCounts } from './driver/driver.ts'
export { type ErrorCode, errorCodes, NanoError } from './error.ts'
export { fallback } from './fallback.ts'
export {
  cache,
  type CacheStore,
  contextWindow,
  defaults,
  limit,
  memoryStore,
  retry,
  standard,
  structured,
  timeout,
  trace,
  traceChannel,
  type TraceEvent,
} from './middleware/index.ts'
export { type CallOptions, Model } from './model.ts'
export type { FinishReason, Part, Timings, TokenLogprob, ToolCall, Usage } from './part.ts'
export type { Message } from './message.ts'
export type { GenerateInput } from './generate-input.ts'
export type { GenerateRequest, Tool } from './request.ts'
export type { GenerateResult } from './result.ts'
export type { Sampling } from './sampling.ts'
