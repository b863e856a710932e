import type { EventEmitter } from 'node:events'
import type { GenerateRequest, GenerateResult, Message, Model, Part } from '@nano/core'
import { collect } from '@nano/core/driver'
import { type ChatOptions, isEmbedded } from './command.ts'
import type { Screen } from './screen.ts'

interface Asking {
  readonly model: Model
  readonly out: Screen
  readonly options: ChatOptions
  readonly messages: readonly Message[]
  /** Emits SIGINT: the first stops the reply. */
  readonly interrupts: EventEmitter
}

/** Asks, and shows the reply as it comes. Gives nothing when it was stopped. */
export async function ask({
  model,
  out,
  options,
  messages,
  interrupts,
}: Asking): Promise<GenerateResult | undefined> {
  const abort = new AbortController()
  const stop = () => abort.abort()
  interrupts.once('SIGINT', stop)
  try {
    const call = {
      signal: abort.signal,
      onPrefill: ({ processed, total }: { processed: number; total: number }) =>
        out.progress('reading', processed / total),
    }
    const result = await collect(shown(model.stream(request(model, options, messages), call), out))
    out.end(model.info, result, false)
    if (result.cut === 'reasoning')
      out.note(
        'The limit cut the thought short, so there is no answer: allow more tokens, or set a budget.',
      )
    return result
  } catch (error) {
    if (!abort.signal.aborted) throw error
    out.end(model.info, undefined, true)
    return undefined
  } finally {
    interrupts.off('SIGINT', stop)
  }
}

async function* shown(parts: AsyncIterable<Part>, out: Screen): AsyncGenerator<Part> {
  for await (const part of parts) {
    await out.show(part)
    yield part
  }
}

function request(
  { capabilities }: Model,
  options: ChatOptions,
  messages: readonly Message[],
): GenerateRequest {
  const { system, reasoning, budget, maxTokens, seed } = options
  // The embedded model calculates; chance is no help there.
  const temperature = options.temperature ?? (isEmbedded(options) ? 0 : undefined)
  const sampling = {
    ...(temperature !== undefined && { temperature }),
    ...(seed !== undefined && { seed }),
  }
  return {
    messages: system === undefined ? messages : [{ role: 'system', content: system }, ...messages],
    // The switch has a default here, so a model without one is not refused for it.
    ...(capabilities.reasoning === 'optional' && { reasoning }),
    ...(budget !== undefined && { reasoningBudget: budget }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(Object.keys(sampling).length > 0 && { sampling }),
  }
}
