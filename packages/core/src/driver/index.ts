export type { CacheOptions } from '../middleware/cache.ts'
export { type ContextWindowOptions, countOmitted } from '../middleware/context-window.ts'
export { type ConversationTurns, findPromptRoom, splitTurns } from '../middleware/turns.ts'
export type { OutputReader, Reading } from '../output-reader.ts'
export {
  jsonSchemaChecker,
  jsonSchemaCheckerSteps,
  type SchemaFault,
} from '../schema/json-schema.ts'
export type { MemoryStoreOptions } from '../middleware/memory-store.ts'
export { chooseRetryDelay, type RetryOptions } from '../middleware/retry.ts'
export type { StandardOptions } from '../middleware/standard.ts'
export { addCounts, type StructuredOptions } from '../middleware/structured.ts'
export type { TimeoutOptions } from '../middleware/timeout.ts'
export type { NanoErrorOptions } from '../error.ts'
export type { DriverCapabilities } from '../capabilities.ts'
export { continuedText, type MessageInput, messageSchema, type TextPart } from '../message.ts'
export { type FinishPart, finishReasons } from '../part.ts'
export type { CompletionInput, RequestInput, ToolInput } from '../generate-input.ts'
export { parseInput, type Preset, requestSchema } from '../request.ts'
export { collect } from '../result.ts'
export { type JoinedSignal, joinSignals } from '../platform/join-signals.ts'
export { assertNodeVersion } from '../platform/node-version.ts'
export { randomInteger, seededRandom, seededWords } from '../platform/random.ts'
export {
  type CompleteSampling,
  completeSampling,
  honoredAdvice,
  samplingNames,
  samplingSettings,
} from '../sampling.ts'
export { findJsonKey } from '../json/json-key.ts'
export { writeJson } from '../json/write-json.ts'
export { parsePattern } from '../pattern/parse-pattern.ts'
export { type CharacterSet, hasCharacter, type Pattern, invertRanges } from '../pattern/pattern.ts'
export { describeItems } from '../schema/check-array.ts'
export { describeMember } from '../schema/check-object.ts'
export { hasType } from '../schema/check-scalar.ts'
export { describeShort } from '../schema/keyword-needs.ts'
export { isSameJson, toJsonKey } from '../schema/same-json.ts'
export {
  combiningKeywords,
  referenceKeywords,
  schemaReferences,
} from '../schema/schema-references.ts'
export { runInTurns, runSteps, type Steps } from '../schema/steps.ts'
export { EndlessReference, validator } from '../schema/validate.ts'
export {
  allTypes,
  annotations,
  constrainingKeywords,
  countKeywords,
  isCount,
  isJsonObject,
  namesMembers,
  schemaListKeywords,
  schemaTypes,
} from '../schema-keywords.ts'
export type { InferOutput, JsonSchema, StandardSchema } from '../standard-schema.ts'
export { parseResult, parseTypedRequest, type TypedRequest } from '../typed-request.ts'
export { type CodeSpans, codeSpans } from '../text/code-spans.ts'
export { escapePattern } from '../text/escape-pattern.ts'
export { type LogprobCarrier, logprobCarrier } from '../text/logprob-carrier.ts'
export type { TextMachine } from '../text/machine.ts'
export {
  heldBack,
  type ReasoningMarkers,
  type ReasoningSplitter,
  splitReasoning,
  type SplitOptions,
} from '../text/split-reasoning.ts'
export { type Stopper, stopStrings } from '../text/stop-strings.ts'
export { type TokenDecoder, wholeCodePoints } from '../text/whole-code-points.ts'
export { rejectOnAbort, wait } from './abort.ts'
export { findDemandedTools } from './check-capabilities.ts'
export type { Call, Driver, PrefillProgress, ThreadCounts, Rendered } from './driver.ts'
export { markListenerErrors } from './caller-errors.ts'
export { forward, rewriteRequest } from './forward.ts'
export { parseOptions } from './parse-options.ts'
export { rewriteText } from './rewrite-text.ts'
export { type Slots, slots } from './slots.ts'
export { stopAt } from './stop-at.ts'
