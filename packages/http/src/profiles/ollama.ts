import type { GenerateRequest, Message } from '@nano/core'
import * as z from 'zod'
import type { ChatDialect, ChatStep } from '../chat/chat-dialect.ts'
import { openAiTool, resultText } from '../chat/encode-openai.ts'
import type { Profile } from './profile.ts'

const tags = z.object({
  models: z.array(z.object({ name: z.string(), model: z.string().optional() })),
})

const show = z.object({
  details: z.object({ quantization_level: z.string() }).partial().optional(),
  model_info: z.record(z.string(), z.unknown()).default({}),
  capabilities: z.array(z.string()).default([]),
})

const count = z.int().min(0).optional()

const chunk = z.object({
  message: z
    .object({
      content: z.string().nullish(),
      thinking: z.string().nullish(),
      tool_calls: z
        .array(
          z.object({
            id: z.string().optional(),
            function: z.object({
              name: z.string(),
              arguments: z.record(z.string(), z.unknown()).nullish(),
            }),
          }),
        )
        .nullish(),
    })
    .optional(),
  done: z.boolean().default(false),
  done_reason: z.string().optional(),
  prompt_eval_count: count,
  eval_count: count,
})

const settings = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  minP: 'min_p',
  seed: 'seed',
} as const

/**
 * Its own protocol: its imitation of OpenAI's has no switch for thoughts, and no context length.
 * Its penalties count the prompt too.
 */
const chat: ChatDialect = {
  path: '/api/chat',
  sampling: Object.keys(settings) as (keyof typeof settings)[],
  templateArguments: false,
  ownSwitch: true,
  continuation: false,
  tools: 'offered',
  schema: true,
  encode: ({ model, request, messages, sampling, thinking, contextLength, stop }) => ({
    model,
    messages: messages.map((message) => ollamaMessage(message, messages)),
    stream: true,
    // A conversation that is too long is to fail, and not to lose its beginning in silence.
    truncate: false,
    shift: false,
    ...(thinking !== undefined && { think: thinking }),
    ...(request.schema && { format: request.schema }),
    ...(request.tools?.length && { tools: request.tools.map(openAiTool) }),
    options: {
      temperature: 1,
      top_p: 1,
      top_k: 0,
      min_p: 0,
      repeat_penalty: 1,
      ...Object.fromEntries(
        Object.entries(sampling).map(([name, value]) => [
          settings[name as keyof typeof settings],
          value,
        ]),
      ),
      ...(contextLength !== undefined && { num_ctx: contextLength }),
      ...(request.maxTokens !== undefined && { num_predict: request.maxTokens }),
      ...(stop.length > 0 && { stop }),
    },
  }),
  decode(value): ChatStep {
    const {
      message,
      done,
      done_reason: reason,
      prompt_eval_count: input,
      eval_count: output,
    } = chunk.parse(value)
    return {
      ...(message?.thinking && { reasoning: message.thinking }),
      ...(message?.content && { text: message.content }),
      ...(message?.tool_calls?.length && {
        calls: message.tool_calls.map(({ id, function: { name, arguments: input } }) => ({
          ...(id && { id }),
          name,
          input: input ?? {},
        })),
      }),
      ...(done && {
        over: true,
        reason: reason ?? 'stop',
        usage: { ...(input && { input }), ...(output && { output }) },
      }),
    }
  },
}

/** The longest that is asked for by itself; memory for more is the user's to spend. */
const defaultContext = 8_192

/** @see https://github.com/ollama/ollama/blob/main/docs/api.md */
export const ollama: Profile = {
  name: 'ollama',
  sign: { path: '/api/tags', read: (answer) => tags.safeParse(answer).success || undefined },
  models: {
    path: '/api/tags',
    read: (answer) =>
      tags.safeParse(answer).data?.models.map(({ name, model }) => ({ id: model ?? name })),
  },
  health: '/api/version',
  describe: [
    {
      path: '/api/show',
      body: (model) => ({ model }),
      read(answer) {
        const said = show.safeParse(answer).data
        if (!said) return undefined
        const {
          'general.name': name,
          'general.parameter_count': parameters,
          ...info
        } = said.model_info
        const trained = Object.entries(info).find(([key]) => key.endsWith('.context_length'))?.[1]
        const quantisation = said.details?.quantization_level
        return {
          contextLength:
            typeof trained === 'number' ? Math.min(trained, defaultContext) : defaultContext,
          thinks: said.capabilities.includes('thinking'),
          ...(typeof name === 'string' && { name }),
          ...(typeof parameters === 'number' && { parameters }),
          ...(quantisation !== undefined && { quantisation }),
        }
      },
    },
  ],
  chat,
}

function ollamaMessage(message: Message, all: GenerateRequest['messages']): object {
  switch (message.role) {
    case 'assistant': {
      const calls = message.toolCalls?.map(({ name, input }) => ({
        function: { name, arguments: input },
      }))
      return {
        role: 'assistant',
        content: message.content,
        ...(calls?.length && { tool_calls: calls }),
      }
    }
    case 'tool':
      return {
        role: 'tool',
        tool_name: calledBy(message.toolCallId, all),
        content: resultText(message.output),
      }
    default:
      return { role: message.role, content: message.content }
  }
}

/** Results are linked by the tool's name there, not by the call's id. */
function calledBy(id: string, all: GenerateRequest['messages']): string {
  return (
    all
      .flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []))
      .findLast((call) => call.id === id)?.name ?? ''
  )
}
