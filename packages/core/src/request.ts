import * as z from 'zod'
import { NanoError } from './error.ts'

const ToolCall = z.strictObject({ id: z.string().min(1), name: z.string().min(1), input: z.json() })

const Message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: z.string() }),
  z.strictObject({ role: z.literal('user'), content: z.string() }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.string(),
    reasoning: z.string().optional(),
    toolCalls: z.array(ToolCall).readonly().optional(),
    /** Marks the last message as a reply to go on with, instead of one to answer. */
    continue: z.literal(true).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), toolCallId: z.string().min(1), output: z.json() }),
])

/**
 * Penalties come first, then top-k, top-p and min-p, then temperature: llama.cpp's order. A server
 * may have its own.
 */
const Sampling = z.strictObject({
  /** 0 is greedy: always the most probable token. */
  temperature: z.number().min(0).optional(),
  /** Probability mass kept, in (0, 1]. */
  topP: z.number().gt(0).max(1).optional(),
  /** Most probable tokens kept. */
  topK: z.int().positive().optional(),
  /** Tokens less probable than this share of the best one's probability are dropped, in [0, 1]. */
  minP: z.number().min(0).max(1).optional(),
  /**
   * Logits of tokens already sampled in this reply are divided by it where positive, multiplied
   * where negative; 1 is neutral.
   */
  repetitionPenalty: z.number().positive().optional(),
  /** Subtracted once from the logit of every token already sampled in this reply, in [-2, 2]. */
  presencePenalty: z.number().min(-2).max(2).optional(),
  /**
   * Subtracted from a token's logit once for each time it was sampled in this reply, in [-2, 2].
   */
  frequencyPenalty: z.number().min(-2).max(2).optional(),
  /** The same seed and request give the same reply on the same device. */
  seed: z.int().min(0).max(0xffff_ffff).optional(),
})

const Tool = z.strictObject({
  /** What the model calls it by; unique in a request. */
  name: z.string().min(1),
  /** What it does, in words for the model. */
  description: z.string().optional(),
  /** JSON Schema of the input. */
  parameters: z.record(z.string(), z.json()),
})

const fields = z.strictObject({
  /** A conversation, oldest first; a plain string stands for one user message. */
  messages: z.union([
    z.string().transform((content): readonly Message[] => [{ role: 'user', content }]),
    z.array(Message).min(1).readonly(),
  ]),
  /**
   * `off` asks for no reasoning at all, not for hidden reasoning. Absent: the model's own default.
   */
  reasoning: z.enum(['on', 'off']).optional(),
  /**
   * Upper bound on reasoning tokens, the opening marker included, which is the least a thought
   * takes; the thought is then closed and the answer begins. For none, turn reasoning off.
   */
  reasoningBudget: z.int().positive().optional(),
  /** What is left out follows the model family's advice for the mode, else it is neutral. */
  sampling: Sampling.readonly().optional(),
  /** Upper bound on output tokens, reasoning included. */
  maxTokens: z.int().positive().optional(),
  /**
   * Ends the answer before the first of these; never shown, and never matched against reasoning.
   */
  stop: z.array(z.string().min(1)).max(16).readonly().optional(),
  /** How many alternatives to report beside each sampled token, 0 for the sampled one alone. */
  logprobs: z.int().min(0).max(20).optional(),
  /** What the model may call. */
  tools: z.array(Tool.readonly()).readonly().optional(),
  /**
   * `auto` leaves it to the model, `none` offers no tool, `required` demands a call, a name demands
   * that one.
   */
  toolChoice: z
    .union([z.enum(['auto', 'none', 'required']), z.strictObject({ name: z.string().min(1) })])
    .optional(),
  /** JSON Schema that the answer, as JSON, must satisfy. */
  schema: z.record(z.string(), z.json()).optional(),
  /** Name of a LoRA adapter that the model was opened with; absent, the model as it is. */
  lora: z.string().min(1).optional(),
})

/** The schema of a request; `GenerateRequest` and `GenerateInput` are inferred from it. */
export const requestSchema = fields.superRefine(({ messages }, context) => {
  const fault = conversationFault(messages)
  if (fault) context.addIssue({ code: 'custom', ...fault })
})
const presetSchema = fields.omit({ messages: true })

/** One message of a conversation. */
export type Message = Readonly<z.output<typeof Message>>
/** How the next token is chosen. */
export type Sampling = Readonly<z.output<typeof Sampling>>
/** What the model may ask the app to do. */
export type Tool = Readonly<z.output<typeof Tool>>
/**
 * A call as plain data: it can be logged, hashed for a cache, and replayed. What drivers receive.
 */
export type GenerateRequest = Readonly<z.output<typeof requestSchema>>
/** What callers write: a request, or a plain string for one user message. */
export type GenerateInput = string | Readonly<z.input<typeof requestSchema>>

/**
 * Checks a request once, at the edge. Throws `invalid-request` with every fault named by its path.
 */
export function parseRequest(input: GenerateInput): GenerateRequest {
  const parsed = requestSchema.safeParse(typeof input === 'string' ? { messages: input } : input)
  if (parsed.success) return defined(parsed.data)
  throw new NanoError(
    'invalid-request',
    `the request does not hold:\n${z.prettifyError(parsed.error)}`,
    { cause: parsed.error },
  )
}

/** The settings of a request, without its messages. */
export type Preset = Partial<Omit<GenerateRequest, 'messages'>>

/** Throws `invalid-request` with every fault named by its path. */
export function parsePreset(preset: Preset): Preset {
  const parsed = presetSchema.safeParse(preset)
  if (parsed.success) return defined(parsed.data)
  throw new NanoError(
    'invalid-request',
    `the defaults do not hold:\n${z.prettifyError(parsed.error)}`,
    { cause: parsed.error },
  )
}

/** Without what is there and undefined, which would otherwise override a default on its way. */
function defined<T extends object>(value: T): T {
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, key === 'sampling' ? defined(entry as object) : entry]),
  ) as T
}

interface Fault {
  readonly path: (string | number)[]
  readonly message: string
}

/** What no single message shows: their order, and which call a result answers. */
function conversationFault(messages: readonly Message[]): Fault | undefined {
  const called = new Set<string>()
  for (const [index, message] of messages.entries()) {
    const at = (message: string): Fault => ({ path: ['messages', index], message })
    if (message.role === 'system' && messages[index - 1] && messages[index - 1]?.role !== 'system')
      return at('system messages belong at the start; put later instructions into a user message')
    if (message.role === 'assistant') {
      if (message.continue && index !== messages.length - 1)
        return at('only the last message can be continued')
      for (const { id } of message.toolCalls ?? []) called.add(id)
    }
    if (message.role === 'tool' && !called.has(message.toolCallId))
      return at(`no earlier tool call has the id ${JSON.stringify(message.toolCallId)}`)
  }
  return undefined
}

/**
 * What tools and `toolChoice` say against each other; middleware may bring either, so it is asked
 * next to the driver.
 */
export function toolFault({ tools = [], toolChoice: choice }: GenerateRequest): string | undefined {
  const names = tools.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) return `two tools are named ${JSON.stringify(twice)}`
  if (choice === 'required' && names.length === 0)
    return 'toolChoice requires a tool and none is offered'
  if (typeof choice === 'object' && !names.includes(choice.name))
    return `toolChoice names ${JSON.stringify(choice.name)}, and offered are: ${names.join(', ') || 'none'}`
  return undefined
}
