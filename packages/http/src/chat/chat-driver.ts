import type { ChatFormat, Conversation } from '@nano/chat'
import { findContinuedReply, toConversation } from '@nano/chat/engine'
import { type GenerateRequest, type ModelInfo, NanoError } from '@nano/core'
import { type Driver, honoredAdvice, type ReasoningMarkers, stopAt } from '@nano/core/driver'
import { decodeValue } from '../decode-value.ts'
import type { ServedModel } from '../profiles/profile.ts'
import type { ModelTokenizer } from '../tokenizer/model-tokenizer.ts'
import type { HttpClient } from '../transport/http-client.ts'
import type { ValueStream } from '../transport/value-stream.ts'
import { chatCapabilities } from './chat-capabilities.ts'
import {
  type ChatDialect,
  type ChatRequest,
  type ChatStep,
  hasContent,
  type PromptCount,
  type ThoughtField,
} from './chat-dialect.ts'
import { logprobReader } from './chat-logprobs.ts'
import { encodeContinuedReply } from './continued-reply.ts'
import { assertNoControlTokens, controlTokenPattern } from './control-tokens.ts'
import { readReply } from './read-reply.ts'
import {
  findReasoningSwitch,
  joinSystemMessages,
  reasoningCapability,
  switchArguments,
} from './reasoning-switch.ts'
import { reasoningWarnings } from './reasoning-warnings.ts'
import { commonMarkers, writeThoughts } from './thought-markers.ts'
import { tokenTextReader } from './token-text.ts'
import { tokenizeMethods } from './tokenize-methods.ts'
import { streamWithinContext } from './within-context.ts'

export interface ChatDriverOptions {
  readonly client: HttpClient
  /** The name that requests use. */
  readonly model: string
  readonly info: ModelInfo
  readonly dialect: ChatDialect
  /** What the server says of the model. */
  readonly servedModel: ServedModel
  /** Absent where the model's family is unknown. */
  readonly format?: ChatFormat | undefined
  readonly tokenizer?: ModelTokenizer | undefined
  /** Gets what the caller should know and no error says. */
  readonly onWarning: (message: string) => void
  /** Allows texts that the server would read as control tokens. */
  readonly allowControlTokens: boolean
}

/** A server's chat as a driver: the server renders the prompt. */
export function chatDriver({
  client,
  model,
  info,
  dialect,
  servedModel,
  format,
  tokenizer,
  onWarning,
  allowControlTokens,
}: ChatDriverOptions): Driver {
  const { label } = client
  const { promptCount } = dialect
  const reasoningSwitch = findReasoningSwitch({
    dialect,
    format,
    hasReasoningField: dialect.hasReasoningField && servedModel.hasReasoningField === true,
  })
  // What an older version cannot say, it does not have.
  const continuation = servedModel.continuation ?? dialect.continuation ?? 'prefill'
  const canAnswerLastReply = continuation !== 'prefill' && continuation !== 'none'
  const continuesUnmarked =
    dialect.continuesUnmarked || (dialect.continuation === undefined && !canAnswerLastReply)
  const controlTokens = controlTokenPattern(format)
  const replyFormat = format && withThoughts(format)
  const warnings = reasoningWarnings({
    label,
    onWarning,
    hasSureSwitch: reasoningSwitch !== undefined && reasoningSwitch.by !== 'common-arguments',
  })
  const readTokenText = tokenTextReader({ client, model, dialect, tokenizer })
  /** The field in which the server sends thoughts, once it has sent one. */
  let receivedFields: readonly ThoughtField[] = []
  /** The markers of a thought that the server has left in the text. */
  let receivedMarkers: ReasoningMarkers | undefined

  function decodeStep(value: unknown): ChatStep {
    const step = decodeValue(client, dialect.decode, value)
    if (step.thoughtField && step.thoughtField !== receivedFields[0])
      receivedFields = [step.thoughtField]
    return step
  }

  /** Refuses what the server would misread, and fills in what the request leaves out. */
  function prepareChat(request: GenerateRequest, conversation: Conversation): ChatRequest {
    const isReasoning = conversation.reasoning === 'on'
    if (!allowControlTokens) assertNoControlTokens(request.messages, controlTokens, label)
    const fault = findConflict(request, { isReasoning, format, dialect })
    if (fault) throw new NanoError('unsupported', `${label} does not support ${fault}`)
    const messages = encodeContinuedReply(conversation, {
      label,
      form: continuation,
      continuesUnmarked,
      format: replyFormat,
    })
    const switchLine =
      reasoningSwitch?.by === 'system-line' ? reasoningSwitch[conversation.reasoning] : undefined
    // An older llama-server goes on with no reply that may begin with a thought.
    const mayThink = continuation !== 'prefill' || !findContinuedReply(request.messages)
    const templateArguments = switchArguments(reasoningSwitch, isReasoning && mayThink)
    const historyMarkers =
      dialect.thoughtFields === 'as-received' && receivedFields.length === 0
        ? receivedMarkers
        : undefined
    return {
      model,
      request: { ...dropUnreachableLimit(request, info), tools: conversation.tools },
      messages: joinSystemMessages(
        historyMarkers ? writeThoughts(messages, historyMarkers) : messages,
        switchLine,
      ),
      sampling: {
        ...(format && honoredAdvice(dialect, format.advice[conversation.reasoning])),
        ...request.sampling,
      },
      stop: isReasoning ? [] : (request.stop ?? []).slice(0, maxSentStops),
      contextLength: info.contextLength,
      thoughtFields:
        dialect.thoughtFields === 'as-received' ? receivedFields : dialect.thoughtFields,
      callsInParallel: servedModel.callsInParallel,
      ...(templateArguments && { templateArguments }),
      ...(reasoningSwitch?.by === 'server-field' && { reasoningFieldValue: isReasoning }),
    }
  }

  async function countTokens(
    { path, encode, decode }: PromptCount,
    request: GenerateRequest,
  ): Promise<number> {
    const body = encode(prepareChat(request, toConversation(request)))
    const { signal } = new AbortController()
    return decodeValue(client, decode, await client.post(path, body, signal))
  }

  function streamValues(chat: ChatRequest, signal: AbortSignal): ValueStream {
    const openStream = (request: GenerateRequest) =>
      client.stream(dialect.path, dialect.encode({ ...chat, request }), signal)
    const { maxTokens, ...unlimitedRequest } = chat.request
    return maxTokens === undefined
      ? openStream(chat.request)
      : streamWithinContext(openStream(chat.request), () => openStream(unlimitedRequest))
  }

  return {
    name: label,
    capabilities: chatCapabilities(
      dialect,
      reasoningCapability(reasoningSwitch, format),
      continuation,
    ),
    info: { ...info, ...(format && { format: format.name }) },

    stream(request, { signal, onProgress }) {
      const conversation = toConversation(request)
      const { stop = [], logprobs: topCount } = request
      const parts = readReply({
        label,
        format: replyFormat,
        conversation,
        demand: request,
        values: streamValues(prepareChat(request, conversation), signal),
        decode(value) {
          const step = decodeStep(value)
          if (hasContent(step) || step.rawFinishReason) onProgress?.()
          return step
        },
        opensThought: servedModel.opensThought === true,
        sendsThoughtsApart: continuation === 'thought-field' || receivedFields.length > 0,
        onMarkedThought: (markers) => void (receivedMarkers = markers),
        warnings,
        ...(topCount !== undefined && {
          readLogprobs: logprobReader({
            topCount,
            readText: (token) => readTokenText(token, signal),
          }),
        }),
      })
      return stopAt(parts, stop)
    },

    ...(tokenizer && tokenizeMethods(tokenizer, label)),
    ...(promptCount && {
      countTokens: (request: GenerateRequest) => countTokens(promptCount, request),
    }),
    async close() {},
  }
}

/** What a server's chat refuses, or would read otherwise, although it claims each part of it. */
function findConflict(
  { schema, logprobs, tools }: GenerateRequest,
  {
    isReasoning,
    format,
    dialect,
  }: {
    readonly isReasoning: boolean
    readonly format: ChatFormat | undefined
    readonly dialect: ChatDialect
  },
): string | undefined {
  if (schema && isReasoning && format)
    return (
      "a schema together with reasoning: a server's chat applies it to the thought too. " +
      "Turn reasoning off, or open the model with mode: 'completions'"
    )
  if (logprobs !== undefined && tools?.length && dialect.logprobs === 'without-tools')
    return (
      "log-probabilities together with tools: the server's chat refuses them. " +
      "Open the model with mode: 'completions'"
    )
  return undefined
}

/** Most services refuse more stop strings; all of them are matched here too. */
const maxSentStops = 4

/** Without a limit a server replies until the context is full; most refuse a greater one. */
function dropUnreachableLimit(
  { maxTokens, ...request }: GenerateRequest,
  { contextLength = Infinity }: ModelInfo,
): GenerateRequest {
  return maxTokens === undefined || maxTokens >= contextLength ? request : { ...request, maxTokens }
}

/** A model may reason whatever its format says: a server may have another one under that name. */
function withThoughts(format: ChatFormat): ChatFormat {
  return format.reasoning
    ? format
    : {
        ...format,
        reasoning: { ...commonMarkers, canTurnOff: false, closingText: commonMarkers.close },
      }
}
