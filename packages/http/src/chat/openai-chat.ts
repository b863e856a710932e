import { toResultText, toSpacedJson } from '@nano/chat/engine'
import type { GenerateRequest, Message } from '@nano/core'
import { findDemandedTools } from '@nano/core/driver'
import { honoredSettings, samplingFields } from '../sampling.ts'
import type { ServerName } from '../server-names.ts'
import type {
  ChatDialect,
  ChatRequest,
  ContinuationForm,
  ThoughtField,
  TokenText,
} from './chat-dialect.ts'
import { decodeOpenAiChat } from './decode-openai-chat.ts'

/** What differs between servers that speak OpenAI's chat completions. */
export interface OpenAiChatOptions {
  readonly server: ServerName
  /** The field for variables of the chat template; absent where the server has none. */
  readonly templateArgumentsField?: string
  /** It refuses variables that the template does not read. */
  readonly refusesUnknownArguments?: boolean
  /** The fields in which it reads thoughts; absent, the one in which it sends them. */
  readonly thoughtFields?: readonly ThoughtField[]
  /** Absent where the server cannot continue a reply. */
  readonly continuation?: OpenAiContinuation
  /** It goes on with each last reply, marked or not. */
  readonly continuesUnmarked?: boolean
  /** Fields of each request. */
  readonly serverFields?: object
  readonly forcesTools?: boolean
  /** It reads a choice of one tool as `auto`; demanding a call of the only tool offered works. */
  readonly ignoresNamedChoice?: boolean
  /** Fields of each tool where a call is demanded. */
  readonly demandedToolFields?: object
  /** It allows several calls in one reply only where the request says so. */
  readonly takesParallelCalls?: boolean
  /** It holds an answer to `response_format`. */
  readonly schema?: boolean
  /** It reports log-probabilities of the raw logits, with the ids of tokens. */
  readonly logprobs?: OpenAiLogprobs
  /** How the server counts the tokens of a prompt. */
  readonly promptCount?: {
    readonly path: string
    /** Takes the body of the chat that has the prompt. */
    encode(chatBody: object): object
    decode(response: unknown): number
  }
  /** Encodes a schema where the server does not take OpenAI's form. */
  readonly encodeResponseFormat?: (schema: object) => object
}

interface OpenAiContinuation {
  /** Absent where the version of the server decides. */
  readonly form?: ContinuationForm
  /** The fields that continue a reply. */
  readonly fields: object
  /**
   * The fields, messages included, that let the server answer a last reply instead; absent where
   * it needs none.
   */
  answerFields?(messages: readonly EncodedChatMessage[], isReasoning: boolean): object
}

interface OpenAiLogprobs {
  /** Alternatives that the server reports at least. */
  readonly minTop: 0 | 1
  /** It refuses them beside tools. */
  readonly withTools: boolean
  /** Fields that make it name tokens by their ids. */
  readonly fields?: object
  readonly tokenText?: TokenText
}

type EncodedChatMessage = Readonly<Record<string, unknown>>

/** OpenAI's chat completions, as one server speaks them. */
export function openAiChat({
  server,
  templateArgumentsField,
  refusesUnknownArguments = false,
  thoughtFields,
  continuation,
  continuesUnmarked = false,
  serverFields = {},
  forcesTools = false,
  ignoresNamedChoice = false,
  demandedToolFields = {},
  takesParallelCalls = false,
  schema = false,
  logprobs,
  promptCount,
  encodeResponseFormat = encodeJsonSchema,
}: OpenAiChatOptions): ChatDialect {
  const encode: ChatDialect['encode'] = (chat) => {
    const { model, request, sampling, templateArguments, stop } = chat
    const { tools, toolChoice } = ignoresNamedChoice ? offerChosenTool(request) : request
    const toolFields = findDemandedTools(request).length > 0 ? demandedToolFields : {}
    return {
      model,
      ...encodeMessages(chat, continuation),
      stream: true,
      stream_options: { include_usage: true },
      ...samplingFields(server, sampling),
      ...(request.maxTokens !== undefined && { max_tokens: request.maxTokens }),
      ...(stop.length > 0 && { stop }),
      ...(tools?.length && {
        tools: tools.map((tool) => encodeTool(tool, toolFields)),
        tool_choice: encodeToolChoice(toolChoice),
        ...(takesParallelCalls && chat.callsInParallel !== false && { parallel_tool_calls: true }),
      }),
      ...(logprobs &&
        request.logprobs !== undefined && {
          logprobs: true,
          top_logprobs: Math.max(logprobs.minTop, request.logprobs),
          ...logprobs.fields,
        }),
      ...(request.schema && { response_format: encodeResponseFormat(request.schema) }),
      ...(templateArgumentsField !== undefined &&
        templateArguments && { [templateArgumentsField]: templateArguments }),
      ...serverFields,
    }
  }

  return {
    path: '/v1/chat/completions',
    sampling: honoredSettings(server),
    takesTemplateArguments: templateArgumentsField !== undefined,
    ignoresUnknownArguments: templateArgumentsField !== undefined && !refusesUnknownArguments,
    thoughtFields: thoughtFields ?? 'as-received',
    hasReasoningField: false,
    ...continuationForm(continuation),
    continuesUnmarked,
    tools: forcesTools ? 'forced' : 'offered',
    schema,
    ...logprobClaims(logprobs),
    encode,
    decode: decodeOpenAiChat,
    ...(promptCount && {
      promptCount: {
        path: promptCount.path,
        encode: (chat) => promptCount.encode(encode(chat)),
        decode: promptCount.decode,
      },
    }),
  }
}

function continuationForm(
  continuation: OpenAiContinuation | undefined,
): Pick<ChatDialect, 'continuation'> {
  if (!continuation) return { continuation: 'none' }
  return continuation.form ? { continuation: continuation.form } : {}
}

function logprobClaims(
  logprobs: OpenAiLogprobs | undefined,
): Pick<ChatDialect, 'logprobs' | 'tokenText'> {
  if (!logprobs) return { logprobs: 'never' }
  return {
    logprobs: logprobs.withTools ? 'always' : 'without-tools',
    ...(logprobs.tokenText && { tokenText: logprobs.tokenText }),
  }
}

/** The messages, and what tells the server whether to go on with the last one. */
function encodeMessages(
  { messages, thoughtFields, request }: ChatRequest,
  continuation: OpenAiContinuation | undefined,
): object {
  const encodedMessages = messages.map((message) => encodeMessage(message, thoughtFields))
  const last = messages.at(-1)
  if (last?.role !== 'assistant' || !continuation) return { messages: encodedMessages }
  const fields = last.continue
    ? continuation.fields
    : continuation.answerFields?.(encodedMessages, request.reasoning === 'on')
  return { messages: encodedMessages, ...fields }
}

export function encodeTool(
  { name, description, parameters }: NonNullable<GenerateRequest['tools']>[number],
  toolFields: object = {},
): object {
  return {
    type: 'function',
    function: {
      name,
      ...(description !== undefined && { description }),
      parameters,
      ...toolFields,
    },
  }
}

/** A choice of one tool, as a demand to call the only one. */
function offerChosenTool({
  tools,
  toolChoice,
}: GenerateRequest): Pick<GenerateRequest, 'tools' | 'toolChoice'> {
  return typeof toolChoice === 'object'
    ? { tools: tools?.filter(({ name }) => name === toolChoice.name), toolChoice: 'required' }
    : { tools, toolChoice }
}

function encodeJsonSchema(schema: object): object {
  return { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } }
}

function encodeToolChoice(choice: GenerateRequest['toolChoice']): unknown {
  return typeof choice === 'object' ? { type: 'function', function: choice } : (choice ?? 'auto')
}

/** The thought of an earlier reply, under each of the names that the server reads. */
export function encodeThought(
  { reasoning }: Extract<Message, { role: 'assistant' }>,
  thoughtFields: readonly ThoughtField[],
): object {
  return reasoning ? Object.fromEntries(thoughtFields.map((field) => [field, reasoning])) : {}
}

function encodeMessage(
  message: Message,
  thoughtFields: readonly ThoughtField[],
): EncodedChatMessage {
  switch (message.role) {
    case 'assistant': {
      const toolCalls = message.toolCalls?.map(({ id, name, input }) => ({
        id,
        type: 'function',
        function: { name, arguments: toSpacedJson(input) },
      }))
      return {
        role: 'assistant',
        content: message.content,
        ...encodeThought(message, thoughtFields),
        ...(toolCalls?.length && { tool_calls: toolCalls }),
      }
    }
    case 'tool':
      return {
        role: 'tool',
        tool_call_id: message.toolCallId,
        content: toResultText(message.output),
      }
    default:
      return { role: message.role, content: message.content }
  }
}
