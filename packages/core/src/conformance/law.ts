import type { Capabilities } from '../capabilities.ts'
import { NanoError } from '../error.ts'
import type { CallOptions, Model } from '../model.ts'
import type { Part } from '../part.ts'
import type { GenerateRequest } from '../request.ts'
import type { GenerateResult } from '../result.ts'

/**
 * One rule every model keeps; it tests the adapter, not the model's wit, and holds for random
 * weights. `check` throws when it is broken; `law` is what the report prints.
 */
export interface Law {
  readonly law: string
  /** Why the law does not apply to a model; nothing where it applies. */
  readonly skipReason?: (model: Pick<Model, 'capabilities' | 'info'>) => string | undefined
  /** It closes the model, which is then its own; other laws share one. */
  readonly closesModel?: true
  /** Resolves with a reason where what the model did left nothing to check. */
  readonly check: (model: Model) => Promise<string | void>
}

/** The `skipReason` of a law that needs a claim. */
export function needs(
  claim: string,
  isClaimed: (capabilities: Capabilities) => boolean,
): Required<Law>['skipReason'] {
  return ({ capabilities }) => (isClaimed(capabilities) ? undefined : `${claim} not claimed`)
}

/** The `skipReason` of a law about conversations. */
export const needsChat = needs('chat is', ({ chat }) => chat)

/** What a broken law throws: its sentence, and what was seen instead. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

/**
 * Checks one law. Whatever goes wrong is a violation of it, under its own sentence. Resolves with a
 * reason where there was nothing to check.
 */
export async function checkLaw({ law, check }: Law, model: Model): Promise<string | void> {
  try {
    return await check(model)
  } catch (cause) {
    throw new Violation(
      `${law}: ${cause instanceof Violation ? cause.message : describeResult(cause)}`,
      {
        cause,
      },
    )
  }
}

export function assertHolds(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Violation(message)
}

/**
 * A greedy request, short by default so that a suite on random weights ends, and without a thought
 * where that can be turned off. A model without chat completes the text, and a list after it: one
 * that has learned to chat, and has no template here, would often end after a question.
 */
export function requestFor(
  { capabilities }: Pick<Model, 'capabilities'>,
  content: string,
  fields: Partial<GenerateRequest> = {},
): GenerateRequest {
  return {
    ...(capabilities.chat
      ? { messages: [{ role: 'user', content }] }
      : { messages: [], prompt: `${content}\n\n1, 2, 3,` }),
    maxTokens: 48,
    sampling: { temperature: 0 },
    ...(capabilities.reasoning === 'optional' && { reasoning: 'off' }),
    ...fields,
  }
}

export const question = 'What is 12 + 7?'
/** Asks for more than any law lets it say. */
export const longQuestion = 'Sort ascending: 507, 12, 48, 900, 77, 3.'

/**
 * A cut text without what the next token could still have taken away: white space before a marker,
 * and half a marker.
 */
export function dropUncertainEnd(cutText: string): string {
  return cutText.replace(/\s*(<[^>]*)?$/, '')
}

export async function collectParts(
  model: Model,
  request: GenerateRequest,
  options?: CallOptions,
): Promise<Part[]> {
  const parts: Part[] = []
  for await (const part of model.stream(request, options)) parts.push(part)
  return parts
}

/** Reasoning, text, tool calls, finish reason and the two token counts: what identical means. */
export function describeOutcome({
  reasoning,
  text,
  toolCalls,
  finishReason,
  usage,
}: GenerateResult): string {
  return JSON.stringify({
    reasoning,
    text,
    toolCalls,
    finishReason,
    input: usage.input,
    output: usage.output,
  })
}

export async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

export function assertErrorCode(error: unknown, code: NanoError['code'], subject: string): void {
  assertHolds(
    NanoError.is(error) && error.code === code,
    `${subject}: expected a NanoError with the code ${code}, got ${describeResult(error)}`,
  )
}

export function describeResult(value: unknown): string {
  if (NanoError.is(value)) return `${value.code}: ${value.message}${causeOf(value)}`
  return value instanceof Error ? String(value) : JSON.stringify(value)
}

/** For an error outside the contract, the cause is what an author looks for. */
function causeOf({ code, cause }: NanoError): string {
  return code === 'internal' && cause ? ` (${String(cause)})` : ''
}
