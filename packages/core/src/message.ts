import * as z from 'zod/mini'
import { isJsonObject } from './schema-keywords.ts'

/** Kinds of content parts that other clients write, which an error may name. */
const unsupportedPartTypes = [
  'audio',
  'document',
  'file',
  'image',
  'image_url',
  'input_audio',
  'input_file',
  'input_image',
  'reasoning',
  'redacted_thinking',
  'refusal',
  'source',
  'thinking',
  'tool-call',
  'tool-result',
  'tool_result',
  'tool_use',
  'video',
  'video_url',
]

/** One part of a content that is written as a list, as AI SDK and OpenAI clients write it. */
export interface TextPart {
  readonly type: 'text'
  readonly text: string
}

/** The text of a message: a string, or a list of text parts, which are joined. */
const Content = z.union([z.string(), z.transform(joinTextParts)]) as unknown as z.ZodMiniType<
  string,
  string | readonly TextPart[]
>

export const nonEmptyString = z.string().check(z.minLength(1))

/** Levels of lists and objects in JSON, beyond which no stack is safe. */
const maxDepth = 1_000

/**
 * JSON as plain data, which is not copied. It throws a `RangeError` where it is nested too deep.
 * zod's own schema of JSON takes twenty times as long: a request may have 100,000 constants.
 */
export const jsonValue = z.custom<z.core.util.JSONType>((value) => isJsonValue(value, 0), {
  error: 'Invalid input: expected JSON',
})

function isJsonValue(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null)
    return value === null || typeof value === 'string' || typeof value === 'boolean'
  if (depth >= maxDepth) throw new RangeError(`more than ${maxDepth} levels`)
  // A hole in a list is a value that is undefined, which `every` would skip.
  if (Array.isArray(value)) return !value.includes(undefined) && value.every(isJsonEntry)
  return isPlainObject(value) && Object.values(value).every(isJsonEntry)

  function isJsonEntry(entry: unknown): boolean {
    return isJsonValue(entry, depth + 1)
  }
}

/** Whether an object has no class; that of another realm has another `Object.prototype`. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** A call as plain JSON: `id` links it to the `tool` message with its result. */
const Call = z.strictObject({ id: nonEmptyString, name: nonEmptyString, input: jsonValue })

/** The schema of a message. */
export const messageSchema = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: Content }),
  z.strictObject({ role: z.literal('user'), content: Content }),
  z.strictObject({
    role: z.literal('assistant'),
    content: Content,
    /** The thought before the answer. */
    reasoning: z.optional(z.string()),
    toolCalls: z.optional(z.readonly(z.array(Call))),
    /** Marks the last message as a reply to continue, instead of one to answer. */
    continue: z.optional(z.literal(true)),
  }),
  z.strictObject({ role: z.literal('tool'), toolCallId: nonEmptyString, output: jsonValue }),
])

/** One message of a conversation. */
export type Message = Readonly<z.output<typeof messageSchema>>
/** A message as callers may write it. */
export type MessageInput = Readonly<z.input<typeof messageSchema>>

/** What the last message has already said of the answer, where it is one to continue. */
export function continuedText(messages: readonly Message[]): string {
  const last = messages.at(-1)
  return last?.role === 'assistant' && last.continue ? last.content : ''
}

/** Faults are marked `continue`, else zod would report that nothing of the union fits. */
function joinTextParts(content: unknown, { issues }: z.core.ParsePayload): string {
  if (!Array.isArray(content)) {
    issues.push({ code: 'invalid_type', expected: 'string', input: content, continue: true })
    return ''
  }
  const texts = content.map((part: unknown, index) => {
    if (isTextPart(part)) return part.text
    issues.push({
      code: 'custom',
      message: describeUnsupportedPart(part),
      path: [index],
      input: part,
      continue: true,
    })
    return ''
  })
  return texts.join('')
}

function isTextPart(part: unknown): part is TextPart {
  const { type, text } = isJsonObject(part) ? part : {}
  return type === 'text' && typeof text === 'string'
}

function describeUnsupportedPart(part: unknown): string {
  const type = isJsonObject(part) ? part['type'] : undefined
  if (type === 'text') return 'a part of the type text needs a text'
  const kind = unsupportedPartTypes.find((knownType) => knownType === type)
  const advice =
    kind === 'reasoning' || kind?.startsWith('tool')
      ? '. A thought belongs in reasoning, a call in toolCalls, a result in a tool message'
      : ''
  const name = kind ? `a part of the type ${kind}` : 'a part of another type'
  return (
    `${name} is not supported: content is a string or a list of { type: 'text', text }` + advice
  )
}
