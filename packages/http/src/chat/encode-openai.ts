import { spacedJson } from '@nano/chat/engine'
import type { GenerateRequest, Message, Sampling } from '@nano/core'
import type { ChatDialect } from './chat-dialect.ts'
import { decodeOpenAi } from './decode-openai.ts'

/**
 * What differs between servers that speak OpenAI's chat completions; a field that is absent is
 * never sent.
 */
export interface OpenAiOptions {
  readonly sampling: readonly (keyof Sampling)[]
  /** What to say of settings that the request leaves out: a server has defaults of its own. */
  readonly neutral: object
  /** The field for variables of the chat template. */
  readonly templateArguments?: string
  /** Values the server refuses, though they are what it does without the field: not sent. */
  readonly leaveOut?: Readonly<Record<string, number>>
  /** Sent with a reply to go on with. */
  readonly continuation?: object
  /** Sent always. */
  readonly always?: object
  readonly forcedTools?: boolean
  /** It holds an answer to `response_format`. */
  readonly schema?: boolean
  /**
   * Where it says how long a prompt is, what is sent there of a chat's request, and what the answer
   * says.
   */
  readonly count?: {
    readonly path: string
    of(chat: object): object
    read(answer: unknown): number
  }
  /** How it wants to be told of a schema, where that is not OpenAI's way. */
  readonly responseFormat?: (schema: object) => object
}

const settings: Readonly<Record<keyof Sampling, string>> = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  minP: 'min_p',
  repetitionPenalty: 'repetition_penalty',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  seed: 'seed',
}

/** OpenAI's chat completions, as one server speaks them. */
export function openAiChat({
  sampling,
  neutral,
  templateArguments,
  leaveOut = {},
  continuation,
  always = {},
  forcedTools = false,
  schema = false,
  count,
  responseFormat = jsonSchema,
}: OpenAiOptions): ChatDialect {
  const dialect: ChatDialect = {
    path: '/v1/chat/completions',
    sampling,
    templateArguments: templateArguments !== undefined,
    ownSwitch: false,
    continuation: continuation !== undefined,
    tools: forcedTools ? 'forced' : 'offered',
    schema,
    encode({ model, request, messages, sampling: asked, templateArguments: values, stop }) {
      const last = messages.at(-1)
      const goesOn = last?.role === 'assistant' && last.continue === true
      const set = Object.entries(asked)
        .map(([name, value]) => [settings[name as keyof Sampling], value] as const)
        .filter(([field, value]) => leaveOut[field] !== value)
      return {
        model,
        messages: messages.map(openAiMessage),
        stream: true,
        stream_options: { include_usage: true },
        ...neutral,
        ...Object.fromEntries(set),
        ...(request.maxTokens !== undefined && { max_tokens: request.maxTokens }),
        ...(stop.length > 0 && { stop }),
        ...(request.tools?.length && {
          tools: request.tools.map(openAiTool),
          tool_choice: toolChoice(request.toolChoice),
        }),
        ...(request.schema && { response_format: responseFormat(request.schema) }),
        ...(templateArguments !== undefined && values && { [templateArguments]: values }),
        ...(goesOn && continuation),
        ...always,
      }
    },
    decode: decodeOpenAi,
  }
  return count
    ? {
        ...dialect,
        count: {
          path: count.path,
          encode: (ask) => count.of(dialect.encode(ask)),
          read: count.read,
        },
      }
    : dialect
}

function jsonSchema(schema: object): object {
  return { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } }
}

export function openAiTool({
  name,
  description,
  parameters,
}: NonNullable<GenerateRequest['tools']>[number]): object {
  return {
    type: 'function',
    function: { name, ...(description !== undefined && { description }), parameters },
  }
}

function toolChoice(choice: GenerateRequest['toolChoice']): unknown {
  return typeof choice === 'object' ? { type: 'function', function: choice } : (choice ?? 'auto')
}

function openAiMessage(message: Message): object {
  switch (message.role) {
    case 'assistant': {
      const calls = message.toolCalls?.map(({ id, name, input }) => ({
        id,
        type: 'function',
        function: { name, arguments: spacedJson(input) },
      }))
      return {
        role: 'assistant',
        content: message.content,
        ...(calls?.length && { tool_calls: calls }),
      }
    }
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: resultText(message.output) }
    default:
      return { role: message.role, content: message.content }
  }
}

/**
 * A tool's result as a message: a text as it is, anything else as JSON, spaced as the model's own
 * prompts have it.
 */
export function resultText(output: unknown): string {
  return typeof output === 'string' ? output : spacedJson(output)
}
