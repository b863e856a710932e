import { checkChoice, checkNumbers, checkOptions } from '../driver/check-options.ts'
import type { Call, Driver, Middleware } from '../driver/driver.ts'
import { rewriteRequest } from '../driver/forward.ts'
import { NanoError } from '../error.ts'
import { continuedText } from '../message.ts'
import { type OutputReader, readerFor } from '../output-reader.ts'
import type { FinishPart, Part } from '../part.ts'
import type { GenerateRequest } from '../request.ts'
import { jsonSchemaCheckerSteps } from '../schema/json-schema.ts'
import { openRequest } from '../schema/open-objects.ts'
import { runInTurns, type Steps } from '../schema/steps.ts'
import { askAgain, askForCallsAgain, askForSchema } from './ask-again.ts'
import { type CollectedReply, collectReply } from './collect-reply.ts'

/** Options of `structured()`. */
export interface StructuredOptions {
  /** Attempts in all, the first included; 1 or more. */
  readonly attempts?: number
  /**
   * Unknown keywords and formats are ignored; `true` refuses a schema, or the parameters of a tool,
   * with any of them. `'grammar'` also refuses keywords that a grammar cannot enforce, and that are
   * otherwise checked afterwards.
   */
  readonly strict?: boolean | 'grammar'
  /**
   * Whether an object may have properties that its schema does not name. `open`: yes, as JSON
   * Schema specifies. `closed`: a grammar allows them only where the schema does so expressly.
   */
  readonly objects?: 'open' | 'closed'
}

/**
 * Gives every driver `schema`: a driver that can constrain its output does so, and every answer and
 * every input of a call is checked, by the caller's own schema where that is a library's. For an
 * invalid one the model is told why and asked once more; after the last attempt the reply fails
 * with `bad-output`. The thought streams, and so does a text beside tools; an answer with a schema,
 * and a call, come once they are valid. Usage is that of all attempts, and `maxTokens` bounds them
 * together. A reply that does not finish with `stop` is no answer to check. A continued reply is
 * checked with its beginning. A text to complete has one attempt, by a driver that can constrain
 * its output. Throws, before a token, for a schema that is invalid or cannot be checked.
 */
export function structured(options: StructuredOptions = {}): Middleware {
  checkOptions('structured', options, {
    example: '{ attempts: 3 }',
    optionNames: ['attempts', 'strict', 'objects'],
  })
  const { attempts = 2, strict = false, objects = 'closed' } = options
  checkNumbers('structured', { attempts: { value: attempts, least: 1, isWhole: true } })
  checkChoice('structured', 'strict', { value: strict, choices: [true, false, 'grammar'] })
  checkChoice('structured', 'objects', { value: objects, choices: ['open', 'closed'] })
  const toInnerRequest = async (request: GenerateRequest) =>
    objects === 'open' ? runInTurns(openRequest(request)) : request

  return (inner) =>
    rewriteRequest(inner, 'structured', {
      rewrite: async (request) => askForSchema(inner, await toInnerRequest(request)),
      capabilities: {
        ...inner.capabilities,
        schema: inner.capabilities.schema || inner.capabilities.chat,
      },
      stream: (request, call) =>
        request.schema || request.tools?.length
          ? streamValid(inner, { request, toInnerRequest, call, attempts, strict })
          : inner.stream(request, call),
    })
}

interface ValidStreamOptions {
  readonly request: GenerateRequest
  /** Writes the schemas of a request as the driver gets them. */
  readonly toInnerRequest: (request: GenerateRequest) => Promise<GenerateRequest>
  readonly call: Call
  readonly attempts: number
  readonly strict: boolean | 'grammar'
}

/** Streams attempts until what one says is valid. */
async function* streamValid(
  inner: Driver,
  { request, toInnerRequest, call, attempts, strict }: ValidStreamOptions,
): AsyncGenerator<Part> {
  // Without strictness, `prepare` refuses what cannot be checked; a library checks its own schema.
  if (strict !== false) await runInTurns(checkStrictly(request, inner.name, strict === 'grammar'))
  const reader = readerFor(request, inner.name, call.reader)
  await reader.prepare()
  const innerRequest = await toInnerRequest(request)
  const innerCall = { ...call, reader: { ...reader, request: innerRequest } }
  const checkReply = replyChecker(request, reader)
  // A text that is completed has nobody to tell why another attempt is needed.
  const allowedAttempts = request.prompt === undefined ? attempts : 1
  const earlierOutput = { hasThought: false, hasText: false }
  const holdsTexts = request.schema !== undefined
  let attemptRequest = askForSchema(inner, innerRequest)
  let finish: FinishPart | undefined

  for (let attempt = 1; ; attempt++) {
    const attemptParts = inner.stream(attemptRequest, innerCall)
    const collected = collectReply(attemptParts, { name: inner.name, holdsTexts, earlierOutput })
    const reply: CollectedReply = yield* collected
    finish = finish ? addFinish(finish, reply.finish) : reply.finish
    earlierOutput.hasThought ||= reply.hasThought
    earlierOutput.hasText ||= !holdsTexts && reply.text !== ''

    const fault = await checkReply(reply)
    if (fault === undefined) {
      if (reply.refusal) throw reply.refusal
      yield* reply.heldParts
      return yield finish
    }

    const tokensLeft = countRemainingTokens(request, finish)
    if (attempt >= allowedAttempts || tokensLeft <= 0) {
      const reason =
        attempt >= allowedAttempts ? '' : '. maxTokens leaves nothing for another attempt'
      throw new NanoError(
        'bad-output',
        `${inner.name}: after ${attempt} ${attempt === 1 ? 'attempt' : 'attempts'} ` +
          `${fault.subject} still does not satisfy its schema: ${fault.forLogs}${reason}`,
      )
    }
    attemptRequest = {
      ...fault.nextRequest(attemptRequest),
      ...(tokensLeft < Infinity && { maxTokens: tokensLeft }),
    }
  }
}

/** Refuses what is unknown in the schemas of a request; `isHeld`, what no grammar can enforce. */
function* checkStrictly(
  { schema, tools = [] }: GenerateRequest,
  label: string,
  isHeld: boolean,
): Steps<void> {
  const strictness = { isStrict: true, isHeld }
  if (schema) yield* jsonSchemaCheckerSteps(schema, label, strictness)
  for (const { name, parameters } of tools)
    yield* jsonSchemaCheckerSteps(parameters, `${label}: the tool ${name}`, strictness)
}

/** What is wrong with a reply. */
interface ReplyFault {
  /** The answer, or the call, at fault. */
  readonly subject: string
  readonly forLogs: string
  /** The request with the reply and what is wrong with it. */
  readonly nextRequest: (request: GenerateRequest) => GenerateRequest
}

/** Checks the calls and the answer of replies. */
function replyChecker(
  request: GenerateRequest,
  reader: OutputReader,
): (reply: CollectedReply) => Promise<ReplyFault | undefined> {
  const beginning = continuedText(request.messages)

  return async ({ heldParts, text, finish }) => {
    const calls = heldParts.filter((part) => part.type === 'tool-call')
    const checkedCalls = await Promise.all(
      calls.map(async (call) => ({ call, fault: (await reader.readInput(call)).fault })),
    )
    const wrongCall = checkedCalls.find(({ fault }) => fault)
    if (wrongCall?.fault)
      return {
        subject: `the input of a call of ${wrongCall.call.name}`,
        forLogs: wrongCall.fault.forLogs,
        nextRequest: (last) =>
          askForCallsAgain(
            last,
            beginning + text,
            checkedCalls.map(({ call, fault }) => ({ call, fault: fault?.forModel })),
          ),
      }
    if (!request.schema || calls.length > 0 || finish.finishReason !== 'stop') return undefined
    const { fault } = await reader.readAnswer(beginning + text)
    return (
      fault && {
        subject: 'the answer',
        forLogs: fault.forLogs,
        nextRequest: (last) => askAgain(last, beginning + text, fault.forModel),
      }
    )
  }
}

/** Tokens left of `maxTokens`; none where the driver does not count, since no bound would hold. */
function countRemainingTokens(
  { maxTokens = Infinity }: GenerateRequest,
  { usage }: FinishPart,
): number {
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
export function addCounts(first: object, second: object): Readonly<Record<string, number>> {
  const counts = new Map<string, number>(Object.entries(second))
  return Object.fromEntries(
    Object.entries(first).flatMap(([name, value]: [string, number]) => {
      const count = counts.get(name)
      return count === undefined ? [] : [[name, value + count]]
    }),
  )
}
