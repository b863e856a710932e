import * as z from 'zod/mini'
import { jsonValue } from './json/json-value.ts'
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
