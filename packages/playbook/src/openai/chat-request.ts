import { type GenerateInput, NanoError } from '@nano/core'
import { parseInput, samplingNames } from '@nano/core/driver'
import * as z from 'zod/mini'
import { readMessages } from './messages.ts'

const optional = <T extends z.core.SomeType>(schema: T) => z.optional(z.nullable(schema))
const number = optional(z.number())
const object = z.record(z.string(), z.unknown())

/** Sampling settings by the names that OpenAI's interface and its kin have for them. */
const samplingFields = new Map(
  samplingNames.map((name) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    name,
  ]),
)
const samplingSchemas: Readonly<Record<string, typeof number>> = Object.fromEntries(
  [...samplingFields.keys()].map((field) => [field, number]),
)

/** The body of a request for a chat completion, with what nano can do of it. */
const bodySchema = z.strictObject({
  ...samplingSchemas,
  /** Names a model of the server; here the model is the one that the batch is given. */
  model: optional(z.string()),
  messages: z.array(z.unknown()),
  max_tokens: number,
  max_completion_tokens: number,
  stop: optional(z.union([z.string(), z.array(z.string())])),
  logprobs: optional(z.boolean()),
  top_logprobs: number,
  n: optional(z.literal(1)),
  stream: optional(z.literal(false)),
  stream_options: z.optional(z.null()),
  parallel_tool_calls: optional(z.literal(true)),
  tools: optional(
    z.array(
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({
          name: z.string(),
          description: optional(z.string()),
          parameters: optional(object),
          strict: optional(z.boolean()),
        }),
      }),
    ),
  ),
  tool_choice: optional(
    z.union([
      z.enum(['none', 'auto', 'required']),
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({ name: z.string() }),
      }),
    ]),
  ),
  response_format: optional(
    z.union([
      z.strictObject({ type: z.enum(['text', 'json_object']) }),
      z.strictObject({
        type: z.literal('json_schema'),
        json_schema: z.strictObject({
          name: optional(z.string()),
          description: optional(z.string()),
          schema: object,
          strict: optional(z.boolean()),
        }),
      }),
    ]),
  ),
  reasoning_effort: optional(z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh'])),
  chat_template_kwargs: optional(z.strictObject({ enable_thinking: optional(z.boolean()) })),
  /** Notes of the caller, which change no reply. */
  store: optional(z.boolean()),
  service_tier: optional(z.string()),
  user: optional(z.string()),
  metadata: optional(object),
})

type Body = z.output<typeof bodySchema>

/**
 * Reads the body of a request for a chat completion. Throws `invalid-request` that names each fault
 * by its path, fields that nano does not know among them.
 */
export function readChatRequest(body: unknown): GenerateInput {
  const fields = parseInput('the body of the request is invalid', bodySchema, body)
  const { tools, tool_choice: choice, response_format: format } = fields
  if (fields.max_tokens != null && fields.max_completion_tokens != null)
    throw new NanoError(
      'invalid-request',
      'the body of the request has both max_tokens and max_completion_tokens; leave one out',
    )
  if (fields.top_logprobs != null && !fields.logprobs)
    throw new NanoError(
      'invalid-request',
      'the body of the request has top_logprobs without logprobs: true; add it',
    )
  return dropAbsent({
    messages: readMessages(fields.messages),
    maxTokens: fields.max_completion_tokens ?? fields.max_tokens,
    sampling: readSampling(fields),
    stop: typeof fields.stop === 'string' ? [fields.stop] : fields.stop,
    logprobs: fields.logprobs ? (fields.top_logprobs ?? 0) : undefined,
    reasoning: readReasoning(fields),
    tools: tools?.map(({ function: { name, description, parameters } }) => ({
      name,
      ...(description != null && { description }),
      parameters: parameters ?? { type: 'object', properties: {} },
    })),
    toolChoice: typeof choice === 'object' && choice ? { name: choice.function.name } : choice,
    schema: readSchema(format),
  }) as GenerateInput
}

function readSchema(format: Body['response_format']): object | undefined {
  if (format?.type === 'json_object') return { type: 'object' }
  return format?.type === 'json_schema' ? format.json_schema.schema : undefined
}

function readSampling(fields: Body): object {
  return dropAbsent(
    Object.fromEntries(
      [...samplingFields].map(([field, name]) => [name, Reflect.get(fields, field)]),
    ),
  )
}

function readReasoning(fields: Body): 'on' | 'off' | undefined {
  const isEnabled = fields.chat_template_kwargs?.enable_thinking ?? undefined
  if (isEnabled !== undefined) return isEnabled ? 'on' : 'off'
  const { reasoning_effort: effort } = fields
  return effort == null ? undefined : effort === 'none' ? 'off' : 'on'
}

function dropAbsent(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null))
}
