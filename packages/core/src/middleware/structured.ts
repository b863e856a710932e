import { checkChoice, checkNumbers, checkOptions } from '../driver/check-options.ts'
import type { Call, Driver, Middleware } from '../driver/driver.ts'
import { rewriteRequest } from '../driver/forward.ts'
import { NanoError } from '../error.ts'
import { continuedText, type Message } from '../message.ts'
import type { FinishPart, Part } from '../part.ts'
import type { GenerateRequest } from '../request.ts'
import { jsonSchemaChecker } from '../schema/json-schema.ts'
import { openRequest } from '../schema/open-objects.ts'

/** Options of `structured()`. */
export interface StructuredOptions {
  /** Attempts in all, the first included; 1 or more. */
  readonly attempts?: number
  /**
   * Refuses a schema with keywords or formats that nobody knows, which otherwise say nothing. With
   * `grammar`, also one with keywords that no grammar holds, which are otherwise checked after.
   */
  readonly strict?: boolean | 'grammar'
  /**
   * `open`, as JSON Schema specifies: an object that names properties may have others. Otherwise a
   * model that is held to a grammar writes others only where the schema allows them in words.
   */
  readonly objects?: 'open' | 'closed'
}

/**
 * Gives every driver `schema`: a driver that can constrain its output does so, and every answer is
 * validated. For an invalid answer the model is told why and asked once more; after the last
 * attempt the reply fails with `bad-output`. The thought streams; the answer comes as one part once
 * it is valid. Usage is that of all attempts, and `maxTokens` bounds them together. A reply that
 * calls tools, or does not finish with `stop`, is passed on unchecked. A continued reply is checked
 * with its beginning. A text to complete has one attempt, by a driver that can constrain its
 * output. Throws `unsupported`, before a token, for a schema that cannot be checked.
 */
export function structured(options: StructuredOptions = {}): Middleware {
  checkOptions('structured', options, {
    example: '{ attempts: 3 }',
    known: ['attempts', 'strict', 'objects'],
  })
  const { attempts = 2, strict = false, objects = 'closed' } = options
  checkNumbers('structured', { attempts: { value: attempts, least: 1, whole: true } })
  checkChoice('structured', 'strict', { value: strict, choices: [true, false, 'grammar'] })
  checkChoice('structured', 'objects', { value: objects, choices: ['open', 'closed'] })
  const toInner = (request: GenerateRequest) =>
    objects === 'open' ? openRequest(request) : request

  return (inner) =>
    rewriteRequest(inner, 'structured', {
      rewrite: (request) => instruct(inner, toInner(request)),
      capabilities: {
        ...inner.capabilities,
        schema: inner.capabilities.schema || inner.capabilities.chat,
      },
      stream: (request, call) =>
        request.schema
          ? streamValid(inner, {
              request: toInner(request),
              schema: request.schema,
              call,
              attempts,
              strict,
            })
          : inner.stream(toInner(request), call),
    })
}

type Schema = NonNullable<GenerateRequest['schema']>

interface ValidStreamOptions {
  readonly request: GenerateRequest
  readonly schema: Schema
  readonly call: Call
  readonly attempts: number
  readonly strict: boolean | 'grammar'
}

/** Streams attempts until the answer of one is valid. */
async function* streamValid(
  inner: Driver,
  { request, schema, call, attempts, strict }: ValidStreamOptions,
): AsyncGenerator<Part> {
  const findFault = jsonSchemaChecker(schema, inner.name, {
    isStrict: strict !== false,
    isHeld: strict === 'grammar',
  })
  const beginning = continuedText(request.messages)
  // A text that is completed has nobody to tell why another attempt is needed.
  const allowedAttempts = request.prompt === undefined ? attempts : 1
  let attemptRequest = instruct(inner, request)
  let finish: FinishPart | undefined
  let hasThought = false

  for (let attempt = 1; ; attempt++) {
    const attemptParts = inner.stream(attemptRequest, call)
    const reply: Reply = yield* collectAnswer(attemptParts, inner.name, hasThought)
    finish = finish ? addFinish(finish, reply.finish) : reply.finish
    hasThought ||= reply.hasThought

    const text = reply.answer.map((part) => (part.type === 'text' ? part.text : '')).join('')
    const isAnswer =
      finish.finishReason === 'stop' && reply.answer.every(({ type }) => type !== 'tool-call')
    const fault = isAnswer ? findFault(beginning + text) : undefined
    if (fault === undefined) {
      if (reply.refusal) throw reply.refusal
      yield* reply.answer
      return yield finish
    }

    const tokensLeft = remainingTokens(request, finish)
    if (attempt >= allowedAttempts || tokensLeft <= 0) {
      const reason =
        attempt >= allowedAttempts ? '' : '. maxTokens leaves nothing for another attempt'
      throw new NanoError(
        'bad-output',
        `${inner.name}: after ${attempt} ${attempt === 1 ? 'attempt' : 'attempts'} ` +
          `the answer still does not hold to its schema: ${fault.forLogs}${reason}`,
      )
    }
    attemptRequest = {
      ...askAgain(attemptRequest, beginning + text, fault.forModel),
      ...(tokensLeft < Infinity && { maxTokens: tokensLeft }),
    }
  }
}

interface Reply {
  /** Texts and calls in the order they came; consecutive texts are joined. */
  readonly answer: readonly Part[]
  readonly hasThought: boolean
  readonly finish: FinishPart
  /** The driver refused the answer, so its usage is unknown. */
  readonly refusal?: NanoError
}

/**
 * Passes the thought on, and holds the answer back until it is whole. A driver that checks the
 * answer itself refuses an invalid one with `bad-output`.
 */
async function* collectAnswer(
  parts: AsyncIterable<Part>,
  name: string,
  hadThought: boolean,
): AsyncGenerator<Part, Reply> {
  const answer: Part[] = []
  let hasThought = false
  try {
    for await (const part of parts) {
      if (part.type === 'finish') return { answer, hasThought, finish: part }
      if (part.type === 'reasoning') {
        // A blank line sets this attempt's thought apart from the earlier one.
        yield hadThought && !hasThought ? { ...part, text: `\n\n${part.text}` } : part
        hasThought = true
        continue
      }
      const last = answer.at(-1)
      if (part.type === 'text' && last?.type === 'text')
        answer[answer.length - 1] = joinTexts(last, part)
      else answer.push(part)
    }
  } catch (error) {
    const isRefusal = NanoError.is(error) && error.code === 'bad-output' && !error.retryable
    if (!isRefusal || answer.length === 0) throw error
    return { answer, hasThought, finish: unknownFinish, refusal: error }
  }
  throw new NanoError('bad-output', `${name} ended a stream without a finish part`)
}

const unknownFinish: FinishPart = {
  type: 'finish',
  finishReason: 'stop',
  usage: {},
  timings: {},
}

type TextPart = Extract<Part, { type: 'text' }>

function joinTexts(first: TextPart, second: TextPart): Part {
  const logprobs = [...(first.logprobs ?? []), ...(second.logprobs ?? [])]
  const text = first.text + second.text
  return { type: 'text', text, ...(logprobs.length > 0 && { logprobs }) }
}

/** The request as the driver gets it: with the schema where the driver keeps one, else in words. */
function instruct({ name, capabilities }: Driver, request: GenerateRequest): GenerateRequest {
  const { schema, ...rest } = request
  if (capabilities.schema || !schema) return request
  if (request.prompt !== undefined)
    throw new NanoError(
      'unsupported',
      `${name} does not support a schema with a prompt: it cannot constrain what it samples, and ` +
        'only a conversation can ask for JSON in words',
    )
  const content =
    'Answer with JSON alone, without a code fence, that satisfies this JSON Schema: ' +
    JSON.stringify(schema)
  const firstOther = request.messages.findIndex(({ role }) => role !== 'system')
  const index = firstOther < 0 ? request.messages.length : firstOther
  const messages: readonly Message[] = [
    ...request.messages.slice(0, index),
    { role: 'system', content },
    ...request.messages.slice(index),
  ]
  return { ...rest, messages }
}

/** The request with the invalid answer and what is wrong with it. */
function askAgain(request: GenerateRequest, answer: string, fault: string): GenerateRequest {
  const last = request.messages.at(-1)
  const continued = last?.role === 'assistant' && last.continue ? [last] : []
  const advice =
    continued.length > 0
      ? 'Continue again from the same beginning, with the JSON alone.'
      : 'Answer again, with the JSON alone.'
  return {
    ...request,
    messages: [
      ...request.messages.slice(0, request.messages.length - continued.length),
      { role: 'assistant', content: answer },
      { role: 'user', content: `That does not hold to the schema: ${fault}\n${advice}` },
      ...continued,
    ],
  }
}

/** Tokens left of `maxTokens`; none where the driver does not count, since no bound would hold. */
function remainingTokens({ maxTokens = Infinity }: GenerateRequest, { usage }: FinishPart): number {
  return maxTokens === Infinity ? Infinity : maxTokens - (usage.output ?? Infinity)
}

/** The later finish, with what both attempts took. */
function addFinish(first: FinishPart, second: FinishPart): FinishPart {
  return {
    ...second,
    usage: addCounts(first.usage, second.usage),
    timings: addCounts(first.timings, second.timings),
  }
}

/** Sums of the counts that both have; where one is unknown, so is the sum. */
function addCounts(first: object, second: object): Readonly<Record<string, number>> {
  const counts = new Map<string, number>(Object.entries(second))
  return Object.fromEntries(
    Object.entries(first).flatMap(([name, value]: [string, number]) => {
      const count = counts.get(name)
      return count === undefined ? [] : [[name, value + count]]
    }),
  )
}
