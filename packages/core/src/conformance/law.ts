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
  /** What the model must claim for the law to apply. */
  readonly needs?: (can: Capabilities) => boolean
  readonly check: (model: Model) => Promise<void>
}

/** What a broken law throws: its sentence, and what was seen instead. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

/** Checks one law. Whatever goes wrong is a violation of it, under its own sentence. */
export async function uphold({ law, check }: Law, model: Model): Promise<void> {
  try {
    await check(model)
  } catch (cause) {
    throw new Violation(`${law}: ${cause instanceof Violation ? cause.message : describe(cause)}`, {
      cause,
    })
  }
}

export function hold(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Violation(what)
}

/** A greedy request, short by default so that a suite on random weights ends. */
export function ask(content: string, more: Partial<GenerateRequest> = {}): GenerateRequest {
  return {
    messages: [{ role: 'user', content }],
    maxTokens: 48,
    sampling: { temperature: 0 },
    ...more,
  }
}

export const question = 'What is 12 + 7?'
/** Asks for more than any law lets it say. */
export const long = 'Sort ascending: 507, 12, 48, 900, 77, 3.'

/**
 * A cut text without what the next token could still have taken away: white space before a marker,
 * and half a marker.
 */
export function certain(cut: string): string {
  return cut.replace(/\s*(<[^>]*)?$/, '')
}

export async function parts(
  model: Model,
  request: GenerateRequest,
  options?: CallOptions,
): Promise<Part[]> {
  const seen: Part[] = []
  for await (const part of model.stream(request, options)) seen.push(part)
  return seen
}

/** Reasoning, text, tool calls, finish reason and the two token counts: what identical means. */
export function outcome({
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

export async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

export function holdCode(error: unknown, code: NanoError['code'], what: string): void {
  hold(
    NanoError.is(error) && error.code === code,
    `${what}: expected a NanoError with the code ${code}, got ${describe(error)}`,
  )
}

export function describe(value: unknown): string {
  // Of an error that is none of the contract's, the cause is what an author looks for.
  if (NanoError.is(value))
    return `${value.code}: ${value.message}${value.code === 'internal' && value.cause ? ` (${String(value.cause)})` : ''}`
  return value instanceof Error ? String(value) : JSON.stringify(value)
}
