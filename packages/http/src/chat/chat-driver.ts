import type { ChatFormat, Conversation } from '@nano/chat'
import { type GenerateRequest, type ModelInfo, NanoError } from '@nano/core'
import { type Driver, type DriverCapabilities, honoredAdvice, stopAt } from '@nano/core/driver'
import * as z from 'zod'
import type { ModelTokenizer } from '../tokenizer/model-tokenizer.ts'
import type { HttpClient } from '../transport/http-client.ts'
import { answerChecker } from './answer-checker.ts'
import type {
  ChatDialect,
  ChatRequest,
  ChatStep,
  PromptCount,
  ThoughtField,
} from './chat-dialect.ts'
import { assertNoControlTokens, controlTokenPattern } from './control-tokens.ts'
import { commonTags, readReply } from './read-reply.ts'
import {
  findReasoningSwitch,
  joinSystemMessages,
  reasoningCapability,
  switchArguments,
} from './reasoning-switch.ts'

export interface ChatDriverOptions {
  readonly client: HttpClient
  /** The name that requests use. */
  readonly model: string
  readonly info: ModelInfo
  readonly dialect: ChatDialect
  /** Absent where the model's family is unknown; the model is then not asked to reason. */
  readonly format?: ChatFormat | undefined
  readonly tokenizer?: ModelTokenizer | undefined
  /** The server's field for reasoning works for this model. */
  readonly hasReasoningField: boolean
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
  format,
  tokenizer,
  hasReasoningField,
  onWarning,
  allowControlTokens,
}: ChatDriverOptions): Driver {
  const { label } = client
  const { promptCount } = dialect
  const reasoningSwitch = findReasoningSwitch({ dialect, format, hasReasoningField })
  const controlTokens = controlTokenPattern(format)
  const replyFormat = format && withThoughts(format)
  const warnOnce = onceWarner(onWarning)
  /** The field in which the server sends thoughts, once it has sent one. */
  let receivedFields: readonly ThoughtField[] = []

  function decodeStep(value: unknown): ChatStep {
    const step = decode(dialect.decode, value)
    if (step.thoughtField && step.thoughtField !== receivedFields[0])
      receivedFields = [step.thoughtField]
    return step
  }

  function prepareConversation(request: GenerateRequest): Conversation {
    return {
      messages: request.messages,
      reasoning: request.reasoning ?? 'off',
      tools: request.toolChoice === 'none' ? [] : (request.tools ?? []),
    }
  }

  /** Refuses what the server would misread, and fills in what the request leaves out. */
  function prepareChat(request: GenerateRequest, conversation: Conversation): ChatRequest {
    const isReasoning = conversation.reasoning === 'on'
    if (!allowControlTokens) assertNoControlTokens(request.messages, controlTokens, label)
    if (request.schema && isReasoning && format)
      throw new NanoError(
        'unsupported',
        `${label} does not support a schema together with reasoning: a server's chat applies it ` +
          "to the thought too. Turn reasoning off, or open the model with mode: 'completions'",
      )
    const switchLine =
      reasoningSwitch?.by === 'system-line' ? reasoningSwitch[conversation.reasoning] : undefined
    const templateArguments = switchArguments(reasoningSwitch, isReasoning)
    return {
      model,
      request: { ...withinContext(request, info), tools: conversation.tools },
      messages: joinSystemMessages(request.messages, switchLine),
      sampling: {
        ...(format && honoredAdvice(dialect, format.advice[conversation.reasoning])),
        ...request.sampling,
      },
      stop: isReasoning ? [] : (request.stop ?? []).slice(0, maxSentStops),
      contextLength: info.contextLength,
      thoughtFields:
        dialect.thoughtFields === 'as-received' ? receivedFields : dialect.thoughtFields,
      ...(templateArguments && { templateArguments }),
      ...(reasoningSwitch?.by === 'server-field' && { reasoningField: isReasoning }),
    }
  }

  function decode<T>(read: (value: unknown) => T, value: unknown): T {
    try {
      return read(value)
    } catch (cause) {
      const detail = cause instanceof z.ZodError ? `:\n${z.prettifyError(cause)}` : ''
      throw new NanoError(
        'bad-output',
        `${label}: ${client.host} sent a value of an unexpected form${detail}`,
      )
    }
  }

  async function countTokens(
    { path, encode, decode: decodeCount }: PromptCount,
    request: GenerateRequest,
  ): Promise<number> {
    const body = encode(prepareChat(request, prepareConversation(request)))
    const { signal } = new AbortController()
    return decode(decodeCount, await client.post(path, body, signal))
  }

  return {
    name: label,
    capabilities: chatCapabilities(dialect, reasoningCapability(reasoningSwitch, format)),
    info: { ...info, ...(format && { format: format.name }) },

    stream(request, { signal }) {
      const conversation = prepareConversation(request)
      const body = dialect.encode(prepareChat(request, conversation))
      const parts = readReply({
        label,
        format: replyFormat,
        conversation,
        demand: request,
        findFault: request.schema && answerChecker(request.schema, label),
        values: client.stream(dialect.path, body, signal),
        decode: decodeStep,
        onHiddenThought: () => warnOnce(hiddenThoughtWarning(label)),
      })
      return stopAt(parts, request.stop ?? [], () => ({
        type: 'finish',
        finishReason: 'stop',
        usage: {},
        timings: {},
      }))
    },

    ...(tokenizer && tokenizeMethods(tokenizer, label)),
    ...(promptCount && {
      countTokens: (request: GenerateRequest) => countTokens(promptCount, request),
    }),
    async close() {},
  }
}

/** Most services refuse more stop strings; all of them are matched here too. */
const maxSentStops = 4

/** Without a limit a server replies until the context is full; most refuse a greater one. */
function withinContext(
  { maxTokens, ...request }: GenerateRequest,
  { contextLength = Infinity }: ModelInfo,
): GenerateRequest {
  return maxTokens === undefined || maxTokens >= contextLength ? request : { ...request, maxTokens }
}

/** A model may reason whatever its format says: a server may have another one under that name. */
function withThoughts(format: ChatFormat): ChatFormat {
  return format.reasoning
    ? format
    : { ...format, reasoning: { ...commonTags, canTurnOff: false, closingText: commonTags.close } }
}

/** A model is asked many times, and a fact about it is worth one warning. */
function onceWarner(onWarning: (message: string) => void): (message: string) => void {
  let hasWarned = false
  return (message) => {
    if (!hasWarned) onWarning(message)
    hasWarned = true
  }
}

function hiddenThoughtWarning(label: string): string {
  return (
    `${label}: the server reasons although reasoning is off, and the thought is left out. ` +
    "Name the model's family with the option format, or start the server without reasoning"
  )
}

function tokenizeMethods(
  { tokenize, detokenize, vocabularySize }: ModelTokenizer,
  label: string,
): Required<Pick<Driver, 'tokenize' | 'detokenize'>> {
  return {
    tokenize: (text) => tokenize([{ text }]),
    async detokenize(tokens) {
      const unknownToken = tokens.find((token) => token >= vocabularySize)
      if (unknownToken !== undefined)
        throw new NanoError(
          'invalid-request',
          `${label}: there is no token ${unknownToken}; the vocabulary has ${vocabularySize}`,
        )
      return detokenize(tokens)
    },
  }
}

function chatCapabilities(
  dialect: ChatDialect,
  reasoning: DriverCapabilities['reasoning'],
): DriverCapabilities {
  return {
    chat: true,
    completion: false,
    reasoning,
    reasoningBudget: false,
    sampling: dialect.sampling,
    logprobs: false,
    tools: dialect.tools,
    // A model that always reasons would have to write its thought as JSON.
    schema: dialect.schema && reasoning !== 'always',
    loras: [],
    continuation: dialect.continuation,
    controlTokensApart: false,
  }
}
