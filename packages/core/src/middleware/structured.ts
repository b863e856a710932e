import { z } from 'zod'
import type { Call, Driver, Middleware } from '../driver.ts'
import { NanoError } from '../error.ts'
import type { Part, TokenLogprob } from '../part.ts'
import type { GenerateRequest, Message } from '../request.ts'
import { checkNumbers } from './check.ts'
import { forward } from './forward.ts'

/** How often to ask. */
export interface StructuredOptions {
  /** Attempts in all, the first included; 1 or more. */
  readonly attempts?: number
}

/**
 * Gives every driver `schema`: one that can constrain its output does, and every answer is validated. Where an answer does
 * not hold, the model is told why and asked once more; after the last attempt that is `bad-output`.
 * The thought streams; the answer comes as one part, when it is valid. Usage is that of all attempts.
 * Throws `unsupported` for a schema with what cannot be checked (conditionals, for instance).
 */
export function structured({ attempts = 2 }: StructuredOptions = {}): Middleware {
  checkNumbers('structured', { attempts: { value: attempts, least: 1, whole: true } })
  return (inner) => {
    /** What the driver is sent: the schema where it can keep one, else words. */
    const instruct = (request: GenerateRequest) => (inner.capabilities.schema || !request.schema ? request : withInstruction(request, request.schema))

    async function* held(request: GenerateRequest, schema: Schema, call: Call): AsyncGenerator<Part> {
      const check = checker(schema, inner.name)
      const spent: Spent = { output: 0, reasoning: 0 }
      let asked = instruct(request)

      for (let attempt = 1; ; attempt++) {
        const { text, logprobs, finish, calls } = yield* answered(inner, asked, call)
        spent.output += finish.usage.output ?? 0
        spent.reasoning += finish.usage.reasoning ?? 0
        const fault = calls.length > 0 ? undefined : check(text)
        if (fault === undefined || finish.reason === 'length') {
          yield* calls
          if (text) yield { type: 'text', text, ...(logprobs.length > 0 && { logprobs }) }
          return yield attempt === 1 ? finish : { ...finish, usage: { ...finish.usage, ...known(finish, spent) } }
        }
        if (attempt >= attempts) throw new NanoError('bad-output', `${inner.name}: after ${attempt} attempts the answer still does not hold to its schema: ${fault}`)
        asked = repair(asked, text, fault)
      }
    }

    return forward(inner, 'structured', {
      capabilities: { ...inner.capabilities, schema: true },
      stream: (request, call) => (request.schema ? held(request, request.schema, call) : inner.stream(request, call)),
      countTokens: async (request) => inner.countTokens(instruct(request)),
      render: async (request) => inner.render(instruct(request)),
    })
  }
}

type Schema = NonNullable<GenerateRequest['schema']>

interface Spent {
  output: number
  reasoning: number
}

type Finish = Extract<Part, { type: 'finish' }>

interface Answered {
  readonly text: string
  readonly logprobs: readonly TokenLogprob[]
  readonly finish: Finish
  readonly calls: readonly Part[]
}

/** Passes the thought on, and keeps the answer until it is whole. */
async function* answered(inner: Driver, request: GenerateRequest, call: Call): AsyncGenerator<Part, Answered> {
  const text: string[] = []
  const logprobs: TokenLogprob[] = []
  const calls: Part[] = []
  for await (const part of inner.stream(request, call)) {
    if (part.type === 'reasoning') yield part
    else if (part.type === 'text') {
      text.push(part.text)
      logprobs.push(...(part.logprobs ?? []))
    }
    else if (part.type === 'tool-call') calls.push(part)
    else return { text: text.join(''), logprobs, finish: part, calls }
  }
  throw new NanoError('bad-output', `${inner.name} ended a stream without a finish part`)
}

function checker(schema: Schema, name: string): (text: string) => string | undefined {
  let type: z.ZodType
  try {
    type = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0])
  } catch (cause) {
    throw new NanoError('unsupported', `${name}: the schema cannot be checked: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
  return (text) => {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      return `it is not JSON (${error instanceof Error ? error.message : String(error)})`
    }
    const parsed = type.safeParse(value)
    return parsed.success ? undefined : z.prettifyError(parsed.error)
  }
}

function withInstruction({ schema: _schema, ...request }: GenerateRequest, schema: Schema): GenerateRequest {
  const instruction: Message = { role: 'system', content: `Answer with JSON alone, without a code fence, that satisfies this JSON Schema: ${JSON.stringify(schema)}` }
  const system = request.messages.filter(({ role }) => role === 'system').length
  return { ...request, messages: [...request.messages.slice(0, system), instruction, ...request.messages.slice(system)] }
}

function repair(request: GenerateRequest, text: string, fault: string): GenerateRequest {
  const said: Message = { role: 'assistant', content: text }
  const asked: Message = { role: 'user', content: `That does not hold to the schema: ${fault}\nAnswer again, with the JSON alone.` }
  return { ...request, messages: [...request.messages, said, asked] }
}

/** Sums only what the driver counts: unknown stays absent. */
function known({ usage }: Finish, spent: Spent): Partial<Spent> {
  return { ...(usage.output !== undefined && { output: spent.output }), ...(usage.reasoning !== undefined && { reasoning: spent.reasoning }) }
}
