import * as z from 'zod/mini'
import {
  findConversationFault,
  type MessageInput,
  messageSchema,
  nonEmptyString,
  type RequestFault,
} from './message.ts'
import { parseInput } from './parse-input.ts'
import { samplingSchema } from './sampling.ts'
import type { JsonSchema, StandardSchema } from './standard-schema.ts'

const positiveInteger = z.int().check(z.positive())

const toolSchema = z.strictObject({
  /** The name that the model calls; unique in a request. */
  name: nonEmptyString,
  /** What the tool does, in words for the model. */
  description: z.optional(z.string()),
  /** JSON Schema of the input. */
  parameters: z.record(z.string(), z.json()),
})

const fields = z.strictObject({
  /**
   * A conversation, oldest message first; a plain string stands for one user message. Empty where
   * `prompt` stands in its place.
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
   * all that follows it is text, and a setting left out is neutral. It goes with no `reasoning`,
   * `reasoningBudget`, `tools` or `toolChoice`.
   */
  prompt: z.optional(nonEmptyString),
  /**
   * `off` asks for no reasoning at all, not for hidden reasoning. Absent means on where the model
   * can reason.
   */
  reasoning: z.optional(z.enum(['on', 'off'])),
  /**
   * Most reasoning tokens, 1 or more, the opening marker included. The thought is then closed and
   * the answer begins. For no thought at all, turn reasoning off.
   */
  reasoningBudget: z.optional(positiveInteger),
  /** A setting left out follows the advice of the model's makers, else it is neutral. */
  sampling: z.optional(z.readonly(samplingSchema)),
  /** Most output tokens, 1 or more, reasoning included. */
  maxTokens: z.optional(positiveInteger),
  /**
   * Ends the answer before the first of these strings, which is never shown. At most 16, none
   * empty. They are not matched against reasoning.
   */
  stop: z.optional(z.readonly(z.array(nonEmptyString).check(z.maxLength(16)))),
  /** Alternatives to report beside each sampled token, 0 to 20; 0 reports the sampled one alone. */
  logprobs: z.optional(z.int().check(z.minimum(0), z.maximum(20))),
  /** What the model may call. */
  tools: z.optional(z.readonly(z.array(z.readonly(toolSchema)))),
  /**
   * `auto` leaves it to the model, `none` offers no tool, `required` demands a call, a name demands
   * a call of that tool.
   */
  toolChoice: z.optional(
    z.union([z.enum(['auto', 'none', 'required']), z.strictObject({ name: nonEmptyString })]),
  ),
  /** JSON Schema that the answer, as JSON, satisfies. */
  schema: z.optional(z.record(z.string(), z.json())),
  /** Name of a LoRA adapter that the model was opened with; absent, the model as it is. */
  lora: z.optional(nonEmptyString),
})

/** The schema of a request; `GenerateRequest` is inferred from it. */
export const requestSchema = fields.check(
  z.superRefine((request, context) => {
    const fault = findPromptFault(request) ?? findConversationFault(request.messages)
    if (fault) context.addIssue({ code: 'custom', ...fault })
  }),
)
const presetSchema = z.omit(fields, { messages: true, prompt: true })

/** The fields that shape a conversation, and mean nothing for a text to complete. */
export const chatFields = ['reasoning', 'reasoningBudget', 'tools', 'toolChoice'] as const
type ChatField = (typeof chatFields)[number]

/** A function of the app that the model may call. */
export type Tool = Readonly<z.output<typeof toolSchema>>

/** A request as plain data: it can be logged, hashed and replayed. Drivers receive it. */
export type GenerateRequest = Readonly<z.output<typeof requestSchema>>

/** A tool as callers write it: its parameters are a JSON Schema, or a library's schema. */
export interface ToolInput {
  readonly name: string
  readonly description?: string | undefined
  readonly parameters: JsonSchema | StandardSchema
}

type RequestFields = Omit<GenerateRequest, 'messages' | 'schema' | 'tools'>

/** What callers write: a request, a plain string for one user message, or a text to complete. */
export type GenerateInput<
  Schema extends JsonSchema | StandardSchema = JsonSchema | StandardSchema,
  Tools extends readonly ToolInput[] = readonly ToolInput[],
> = string | RequestInput<Schema, Tools> | CompletionInput<Schema>

/** A request as callers write it. */
export interface RequestInput<Schema, Tools> extends RequestFields {
  /** A conversation, oldest message first; a plain string stands for one user message. */
  readonly messages: string | readonly MessageInput[]
  /** JSON Schema, or a library's schema such as zod's, that the answer, as JSON, satisfies. */
  readonly schema?: Schema | undefined
  /** What the model may call. */
  readonly tools?: Tools | undefined
}

/** A text to complete, with how to complete it, as callers write it. */
export interface CompletionInput<Schema>
  extends Omit<RequestFields, ChatField | 'prompt'>, Partial<Record<ChatField, undefined>> {
  /** The text, as it stands: no chat template, no reasoning, no tools. */
  readonly prompt: string
  readonly messages?: undefined
  /** JSON Schema, or a library's schema such as zod's, that what follows, as JSON, satisfies. */
  readonly schema?: Schema | undefined
}

/** Checks a request at the edge. Throws `invalid-request` that names each fault by its path. */
export function parseRequest(input: unknown): GenerateRequest {
  const request = typeof input === 'string' ? { messages: input } : input
  return dropUndefined(parseInput('the request is invalid', requestSchema, request))
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
    return { path: ['prompt'], message: 'a prompt stands in place of messages, not beside them' }
  const field = chatFields.find((name) => request[name] !== undefined)
  return field && { path: [field], message: `a prompt to complete goes with no ${field}` }
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
