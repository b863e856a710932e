import { toResultText } from '@nano/chat/engine'
import type { GenerateRequest, Message } from '@nano/core'
import * as z from 'zod'
import { honoredSettings, samplingFields } from '../sampling.ts'
import type { ChatDialect, ChatStep } from './chat-dialect.ts'
import { encodeThought, encodeTool } from './openai-chat.ts'

/**
 * Ollama's native chat. Its OpenAI-compatible chat has no switch for reasoning and no context
 * length.
 * @see https://github.com/ollama/ollama/blob/main/docs/api.md
 */
export const ollamaChat: ChatDialect = {
  path: '/api/chat',
  sampling: honoredSettings('ollama'),
  takesTemplateArguments: false,
  ignoresUnknownArguments: false,
  thoughtFields: ['thinking'],
  hasReasoningField: true,
  continuation: 'none',
  continuesUnmarked: true,
  tools: 'offered',
  schema: true,
  logprobs: 'never',
  encode: ({ model, request, messages, sampling, reasoningFieldValue, contextLength, stop }) => ({
    model,
    messages: messages.map((message) => encodeMessage(message, messages)),
    stream: true,
    // A conversation that is too long fails instead of losing its beginning silently.
    truncate: false,
    shift: false,
    ...(reasoningFieldValue !== undefined && { think: reasoningFieldValue }),
    ...(request.schema && { format: request.schema }),
    ...(request.tools?.length && { tools: request.tools.map((tool) => encodeTool(tool)) }),
    options: {
      ...samplingFields('ollama', sampling),
      ...(contextLength !== undefined && { num_ctx: contextLength }),
      ...(request.maxTokens !== undefined && { num_predict: request.maxTokens }),
      ...(stop.length > 0 && { stop }),
    },
  }),
  decode: decodeChunk,
}

/** Absent, or of another form, where it was not counted. */
const countSchema = z.int().min(0).nullish().catch(undefined)

const chunkSchema = z.object({
  message: z
    .object({
      content: z.string().nullish(),
      thinking: z.string().nullish(),
      tool_calls: z
        .array(
          z.object({
            id: z.string().nullish(),
            function: z.object({
              name: z.string(),
              arguments: z.unknown().optional(),
            }),
          }),
        )
        .nullish(),
    })
    .nullish(),
  done: z.boolean().nullish(),
  done_reason: z.string().nullish(),
  prompt_eval_count: countSchema,
  eval_count: countSchema,
})

function decodeChunk(value: unknown): ChatStep {
  const {
    message,
    done,
    done_reason: doneReason,
    prompt_eval_count: input,
    eval_count: output,
  } = chunkSchema.parse(value)
  return {
    ...(message?.thinking && { reasoning: message.thinking }),
    ...(message?.content && { text: message.content }),
    ...(message?.tool_calls?.length && {
      toolCalls: message.tool_calls.map(({ id, function: call }) => ({
        ...(id && { id }),
        name: call.name,
        input: call.arguments ?? {},
      })),
    }),
    ...(done && {
      isLast: true,
      rawFinishReason: doneReason || 'stop',
      usage: { ...(input && { input }), ...(output && { output }) },
    }),
  }
}

function encodeMessage(message: Message, messages: GenerateRequest['messages']): object {
  switch (message.role) {
    case 'assistant': {
      const toolCalls = message.toolCalls?.map(({ name, input }) => ({
        function: { name, arguments: input },
      }))
      return {
        role: 'assistant',
        content: message.content,
        ...encodeThought(message, ['thinking']),
        ...(toolCalls?.length && { tool_calls: toolCalls }),
      }
    }
    case 'tool':
      return {
        role: 'tool',
        tool_name: findToolName(message.toolCallId, messages),
        content: toResultText(message.output),
      }
    default:
      return { role: message.role, content: message.content }
  }
}

/** Ollama links a result to its call by the tool's name, not by the call's id. */
function findToolName(callId: string, messages: GenerateRequest['messages']): string {
  const calls = messages.flatMap((message) =>
    message.role === 'assistant' ? (message.toolCalls ?? []) : [],
  )
  // The last one: a conversation may use an id again.
  return calls.filter(({ id }) => id === callId).at(-1)?.name ?? ''
}
