import type { Call, Middleware } from '../driver/driver.ts'
import { NanoError } from '../error.ts'
import type { Part } from '../part.ts'
import type { GenerateRequest, Message } from '../request.ts'
import { checkNumbers, checkOptions } from '../driver/check-options.ts'
import { forward } from '../driver/forward.ts'
import { jsonSchema } from './json-schema.ts'

/** How often to ask. */
export interface StructuredOptions {
  /** Attempts in all, the first included; 1 or more. */
  readonly attempts?: number
}

/**
 * Gives every driver `schema`: one that can constrain its output does, and every answer is
 * validated. Where an answer does not hold, the model is told why and asked once more; after the
 * last attempt that is `bad-output`. The thought streams; the answer comes as one part, when it is
 * valid. Usage is that of all attempts, and `maxTokens` bounds them together. A reply that calls
 * tools, or is cut (`finish` is `length`), is given as it is. A continued reply is checked with its
 * beginning. Throws `unsupported` for a schema with what cannot be checked, before a token.
 */
export function structured(options: StructuredOptions = {}): Middleware {
  checkOptions('structured', options, { example: '{ attempts: 3 }', known: ['attempts'] })
  const { attempts = 2 } = options
  checkNumbers('structured', { attempts: { value: attempts, least: 1, whole: true } })
  return (inner) => {
    /** What the driver is sent: the schema where it can keep one, else words. */
    const instruct = (request: GenerateRequest) =>
      inner.capabilities.schema || !request.schema
        ? request
        : withInstruction(request, request.schema)

    async function* held(
      request: GenerateRequest,
      schema: Schema,
      call: Call,
    ): AsyncGenerator<Part> {
      const faultOf = jsonSchema(schema, inner.name)
      const begun = beginning(request)
      let asked = instruct(request)
      let earlier: Finish | undefined
      let thought = false

      for (let attempt = 1; ; attempt++) {
        const said: Answered = yield* answered(inner.stream(asked, call), inner.name, thought)
        const spent = earlier ? both(earlier, said.finish) : said.finish
        earlier = spent
        thought ||= said.thought
        const text = said.answer.map((part) => (part.type === 'text' ? part.text : '')).join('')
        const fault =
          said.answer.some(({ type }) => type === 'tool-call') ||
          said.finish.finishReason === 'length'
            ? undefined
            : faultOf(begun + text)
        if (fault === undefined) {
          yield* said.answer
          return yield spent
        }
        const left = leftOf(request, spent)
        if (attempt >= attempts || left <= 0) {
          const why = attempt >= attempts ? '' : '. maxTokens leaves nothing for another attempt'
          throw new NanoError(
            'bad-output',
            `${inner.name}: after ${attempt} ${attempt === 1 ? 'attempt' : 'attempts'} the answer still does not hold to its schema: ${fault.toPeople}${why}`,
          )
        }
        asked = {
          ...repair(asked, begun + text, fault.toModel),
          ...(left < Infinity && { maxTokens: left }),
        }
      }
    }

    return forward(inner, 'structured', {
      capabilities: { ...inner.capabilities, schema: true },
      stream: (request, call) =>
        request.schema ? held(request, request.schema, call) : inner.stream(request, call),
      countTokens: async (request) => inner.countTokens(instruct(request)),
      render: async (request) => inner.render(instruct(request)),
    })
  }
}

type Schema = NonNullable<GenerateRequest['schema']>
type Finish = Extract<Part, { type: 'finish' }>

interface Answered {
  /** Texts and calls in the order they came, a run of texts as one. */
  readonly answer: readonly Part[]
  readonly thought: boolean
  readonly finish: Finish
}

/**
 * Passes the thought on, and keeps the answer until it is whole. `again`: there was a thought in an
 * earlier attempt.
 */
async function* answered(
  parts: AsyncIterable<Part>,
  name: string,
  again: boolean,
): AsyncGenerator<Part, Answered> {
  const answer: Part[] = []
  let thought = false
  for await (const part of parts) {
    if (part.type === 'finish') return { answer, thought, finish: part }
    if (part.type === 'reasoning') {
      yield again && !thought ? { ...part, text: `\n\n${part.text}` } : part
      thought = true
      continue
    }
    const last = answer.at(-1)
    if (part.type === 'text' && last?.type === 'text')
      answer[answer.length - 1] = joined(last, part)
    else answer.push(part)
  }
  throw new NanoError('bad-output', `${name} ended a stream without a finish part`)
}

type Text = Extract<Part, { type: 'text' }>

function joined(first: Text, second: Text): Part {
  const logprobs = [...(first.logprobs ?? []), ...(second.logprobs ?? [])]
  return { type: 'text', text: first.text + second.text, ...(logprobs.length > 0 && { logprobs }) }
}

function withInstruction(
  { schema: _schema, ...request }: GenerateRequest,
  schema: Schema,
): GenerateRequest {
  const instruction: Message = {
    role: 'system',
    content: `Answer with JSON alone, without a code fence, that satisfies this JSON Schema: ${JSON.stringify(schema)}`,
  }
  const system = request.messages.filter(({ role }) => role === 'system').length
  return {
    ...request,
    messages: [
      ...request.messages.slice(0, system),
      instruction,
      ...request.messages.slice(system),
    ],
  }
}

/** What the last message has already said of the answer, where it is one to go on with. */
function beginning({ messages }: GenerateRequest): string {
  const last = messages.at(-1)
  return last?.role === 'assistant' && last.continue ? last.content : ''
}

/**
 * The request with what came of it, and then the same beginning to go on with again where there was
 * one.
 */
function repair(asked: GenerateRequest, said: string, fault: string): GenerateRequest {
  const last = asked.messages.at(-1)
  const goesOn = last?.role === 'assistant' && last.continue ? [last] : []
  const advice =
    goesOn.length > 0
      ? 'Go on again from the same beginning, with the JSON alone.'
      : 'Answer again, with the JSON alone.'
  const exchange: Message[] = [
    { role: 'assistant', content: said },
    { role: 'user', content: `That does not hold to the schema: ${fault}\n${advice}` },
  ]
  return {
    ...asked,
    messages: [
      ...asked.messages.slice(0, asked.messages.length - goesOn.length),
      ...exchange,
      ...goesOn,
    ],
  }
}

/**
 * Tokens left of `maxTokens`; none where the driver does not count, because then nobody could keep
 * the bound.
 */
function leftOf({ maxTokens = Infinity }: GenerateRequest, { usage }: Finish): number {
  return maxTokens === Infinity ? Infinity : maxTokens - (usage.output ?? Infinity)
}

/** The later finish, with what both took. */
function both(first: Finish, second: Finish): Finish {
  return {
    ...second,
    usage: sum(first.usage, second.usage),
    timings: sum(first.timings, second.timings),
  }
}

/** Of what only one of them knows, the sum is unknown, and absent. */
function sum(first: object, second: object): Readonly<Record<string, number>> {
  const more = new Map<string, number>(Object.entries(second))
  return Object.fromEntries(
    Object.entries(first)
      .filter(([name]) => more.has(name))
      .map(([name, value]: [string, number]) => [name, value + (more.get(name) ?? 0)]),
  )
}
