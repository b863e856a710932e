import { en } from 'zod/locales'
import * as z from 'zod/mini'
import { NanoError } from './error.ts'
import {
  type JsonObject,
  parametersValue,
  readParameters,
  readSchema,
  schemaValue,
} from './json/json-value.ts'
import { type Message, messageSchema, nonEmptyString } from './message.ts'
import { samplingSchema } from './sampling.ts'
import { runInTurns, type Steps } from './schema/steps.ts'
import { toJsonSchema } from './standard-schema.ts'

/** The part of zod that a bundle needs has no messages of its own. */
const { localeError } = en()

const positiveInteger = z.int().check(z.positive())

const toolSchema = z.strictObject({
  /** The name that the model calls; unique in a request. */
  name: nonEmptyString,
  /** What the tool does, in words for the model. */
  description: z.optional(z.string()),
  /** The schema of the input. */
  parameters: parametersValue,
})

const fields = z.strictObject({
  /**
   * A conversation, oldest message first; a plain string stands for one user message. Left out, or
   * empty, with a `prompt`.
   */
  messages: z._default(
    z.pipe(
      z.transform((messages: unknown) =>
        typeof messages === 'string' ? [{ role: 'user', content: messages }] : messages,
      ),
      z.readonly(z.array(messageSchema)),
    ),
    [],
  ),
  /**
   * A text to complete as it stands, in place of `messages`. It is not put into a chat template,
   * all that follows it is text, and a setting left out is neutral. It cannot be combined with
   * `reasoning`, `reasoningBudget`, `tools` or `toolChoice`.
   */
  prompt: z.optional(nonEmptyString),
  /**
   * Whether the model thinks before it answers. `off` asks for no thought at all, not for a hidden
   * one. Absent means `on` where the model can reason.
   */
  reasoning: z.optional(z.enum(['on', 'off'])),
  /**
   * The most tokens of the thought, 1 or more, its opening marker included. After that many, the
   * thought is closed and the answer begins. For no thought at all, turn reasoning off.
   */
  reasoningBudget: z.optional(positiveInteger),
  /**
   * How tokens are chosen. A setting left out follows the advice of the model's makers; without
   * advice it is neutral.
   */
  sampling: z.optional(z.readonly(samplingSchema)),
  /** The most tokens of the reply, 1 or more, reasoning included. */
  maxTokens: z.optional(positiveInteger),
  /**
   * Strings that end the answer. The reply ends before the first one of them, and does not contain
   * it. At most 16, none empty. A thought may contain them.
   */
  stop: z.optional(z.readonly(z.array(nonEmptyString).check(z.maxLength(16)))),
  /**
   * Reports the log-probability of each sampled token, and of this many of the most probable tokens
   * at its place, 0 to 20.
   */
  logprobs: z.optional(z.int().check(z.minimum(0), z.maximum(20))),
  /** The tools that the model may call. */
  tools: z.optional(z.readonly(z.array(z.readonly(toolSchema)))),
  /**
   * `auto` lets the model choose whether to call a tool, `none` offers it no tool, `required`
   * demands a call of some tool, and `{ name }` demands a call of that tool.
   */
  toolChoice: z.optional(
    z.union([z.enum(['auto', 'none', 'required']), z.strictObject({ name: nonEmptyString })]),
  ),
  /** The schema that the answer satisfies, as JSON. */
  schema: z.optional(schemaValue),
  /** The name of a LoRA adapter that the model was opened with. Absent: no adapter. */
  lora: z.optional(nonEmptyString),
})

const conversationCheck = z.superRefine<z.output<typeof fields>>((request, context) => {
  const fault = findPromptFault(request) ?? findConversationFault(request.messages)
  if (fault) context.addIssue({ code: 'custom', ...fault })
})

/** The schema of a request; `GenerateRequest` is inferred from it. */
export const requestSchema = fields.check(conversationCheck)

const uncheckedJson = z.custom<JsonObject>()
const uncheckedTool = z.extend(toolSchema, { parameters: uncheckedJson })
/** The same without a check that JSON Schemas are JSON, which takes long for a large one. */
const uncheckedRequestSchema = z
  .extend(fields, {
    tools: z.optional(z.readonly(z.array(z.readonly(uncheckedTool)))),
    schema: z.optional(uncheckedJson),
  })
  .check(conversationCheck)

const presetSchema = z.omit(fields, { messages: true, prompt: true })

/** The fields that shape a conversation, and mean nothing for a text to complete. */
export const chatFields = ['reasoning', 'reasoningBudget', 'tools', 'toolChoice'] as const
type ChatField = (typeof chatFields)[number]

/** What is wrong with a request, and where. */
export interface RequestFault {
  readonly path: (string | number)[]
  readonly message: string
}

/** A function of the app that the model may call. */
export type Tool = Readonly<z.output<typeof toolSchema>>

/** A request as plain data: it can be logged, hashed and replayed. Drivers receive it. */
export type GenerateRequest = Readonly<z.output<typeof requestSchema>>

/**
 * Checks a request at the edge, and puts JSON Schemas in place of a library's schemas. Throws
 * `invalid-request` that names each fault by its path, and what `toJsonSchema` throws. Schemas,
 * which may be large, are read in turns; all else is read at once, before it returns.
 */
export async function parseRequest(input: unknown): Promise<GenerateRequest> {
  const complaint = 'the request is invalid'
  const writtenRequest = typeof input === 'string' ? { messages: input } : input
  const request = parseInput(complaint, uncheckedRequestSchema, writtenRequest)
  const hasSchemas = request.schema !== undefined || request.tools?.length
  if (!hasSchemas) return dropUndefined(request)
  const { jsonRequest, hasFault } = await runInTurns(readSchemas(request))
  // Read again as a whole, it throws the error that names the fault.
  return dropUndefined(hasFault ? parseInput(complaint, requestSchema, jsonRequest) : jsonRequest)
}

/** The request with JSON Schemas in place of a library's, and whether one of them is no JSON. */
function* readSchemas(
  request: GenerateRequest,
): Steps<{ readonly jsonRequest: GenerateRequest; readonly hasFault: boolean }> {
  let hasFault = false
  function* read(schema: unknown, path: string, reader: typeof readSchema): Steps<JsonObject> {
    const jsonSchema = yield* toJsonSchema(schema, path)
    const { value = jsonSchema, fault } = yield* reader(jsonSchema)
    hasFault ||= fault !== undefined
    return value as JsonObject
  }
  const hasSchema = request.schema !== undefined
  const schema = hasSchema ? yield* read(request.schema, 'schema', readSchema) : undefined
  const tools: Tool[] = []
  for (const [index, tool] of (request.tools ?? []).entries()) {
    const path = `tools[${index}].parameters`
    tools.push({ ...tool, parameters: yield* read(tool.parameters, path, readParameters) })
  }
  const jsonRequest = { ...request, ...(hasSchema && { schema }), ...(request.tools && { tools }) }
  return { jsonRequest, hasFault }
}

/** Finds what no single message shows: a wrong order, or a result without its call. */
function findConversationFault(messages: readonly Message[]): RequestFault | undefined {
  const callIds = new Set<string>()
  for (const [index, message] of messages.entries()) {
    const faultAt = (text: string): RequestFault => ({ path: ['messages', index], message: text })
    if (message.role === 'system' && index > 0 && messages[index - 1]?.role !== 'system')
      return faultAt(
        'system messages belong at the start; put later instructions in a user message',
      )
    if (message.role === 'assistant') {
      if (message.continue && index !== messages.length - 1)
        return faultAt('only the last message can be continued')
      for (const { id } of message.toolCalls ?? []) callIds.add(id)
    }
    if (message.role === 'tool' && !callIds.has(message.toolCallId))
      return faultAt(`no earlier tool call has the id ${JSON.stringify(message.toolCallId)}`)
  }
  return undefined
}

/** What contradicts the prompt of a request, and where; or that there is nothing to reply to. */
export function findPromptFault(
  request: Pick<GenerateRequest, 'messages' | 'prompt' | ChatField>,
): RequestFault | undefined {
  const { messages, prompt } = request
  if (prompt === undefined)
    return messages.length > 0
      ? undefined
      : { path: ['messages'], message: 'expected a message, or a prompt to complete' }
  if (messages.length > 0)
    return { path: ['prompt'], message: 'a request has either messages or a prompt, not both' }
  const field = chatFields.find((name) => request[name] !== undefined)
  return field && { path: [field], message: `a prompt cannot be combined with ${field}` }
}

/** The settings of a request, without its messages or its prompt. */
export type Preset = Partial<Omit<GenerateRequest, 'messages' | 'prompt'>>

/** Checks a preset. Throws `invalid-request` that names each fault by its path. */
export function parsePreset(preset: Preset): Preset {
  return dropUndefined(parseInput('the defaults are invalid', presetSchema, preset))
}

/** Drops entries that are there and undefined, which would override a default. */
function dropUndefined<T extends object>(value: T): T {
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return Object.fromEntries(
    entries.map(([key, entry]) => [
      key,
      key === 'sampling' ? dropUndefined(entry as object) : entry,
    ]),
  ) as T
}

/**
 * What a caller wrote, as its schema reads it. Throws `invalid-request` with `complaint` and every
 * fault by its path; no message shows a value.
 */
export function parseInput<T>(complaint: string, schema: z.core.$ZodType<T>, input: unknown): T {
  const parsed = z.safeParse(schema, input, { error: localeError })
  if (parsed.success) return parsed.data
  const faults = z.prettifyError(parsed.error)
  throw new NanoError('invalid-request', `${complaint}:\n${faults}`, { cause: parsed.error })
}
