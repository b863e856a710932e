import type { EventEmitter } from 'node:events'
import type { GenerateRequest, GenerateResult, Message, Model, Part } from '@nano/core'
import { collect } from '@nano/core/driver'
import { type ChatOptions, isEmbedded } from './command.ts'
import type { Screen } from './screen.ts'

interface AskInput {
  readonly model: Model
  readonly out: Screen
  readonly options: ChatOptions
  readonly messages: readonly Message[]
  /** Emits SIGINT. The first SIGINT stops the reply. */
  readonly interrupts: EventEmitter
}

/** Asks the model and shows the reply as it arrives. Returns undefined if the user stopped it. */
export async function ask({
  model,
  out,
  options,
  messages,
  interrupts,
}: AskInput): Promise<GenerateResult | undefined> {
  const abort = new AbortController()
  const stop = () => abort.abort()
  interrupts.once('SIGINT', stop)
  try {
    const callOptions = {
      signal: abort.signal,
      onPrefill: ({ processed, total }: { processed: number; total: number }) =>
        out.progress('reading', processed / total),
    }
    const parts = model.stream(buildRequest(model, options, messages), callOptions)
    const result = await collect(showParts(parts, out))
    out.end(model.info, result, false)
    if (result.cut === 'reasoning')
      out.note(
        'The limit cut the thought short, so there is no answer: ' +
          'raise --max-tokens or set a --budget.',
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

/** Says why the model ignores the reasoning setting, or returns undefined if it does not. */
export function describeIgnoredReasoning(
  { info, capabilities }: Pick<Model, 'info' | 'capabilities'>,
  reasoning: ChatOptions['reasoning'],
  optionName: string,
): string | undefined {
  const advice = `${optionName} ${reasoning} has no effect`
  if (reasoning === 'off' && capabilities.reasoning === 'always')
    return `${info.model} always reasons: ${advice}`
  if (reasoning === 'on' && capabilities.reasoning === 'never')
    return `${info.model} never reasons: ${advice}`
  return undefined
}

async function* showParts(parts: AsyncIterable<Part>, out: Screen): AsyncGenerator<Part> {
  for await (const part of parts) {
    await out.show(part)
    yield part
  }
}

function buildRequest(
  { capabilities }: Model,
  options: ChatOptions,
  messages: readonly Message[],
): GenerateRequest {
  const { system, reasoning, budget, maxTokens, seed } = options
  // The embedded model calculates, so random sampling only makes it worse.
  const temperature = options.temperature ?? (isEmbedded(options) ? 0 : undefined)
  const sampling = {
    ...(temperature !== undefined && { temperature }),
    ...(seed !== undefined && { seed }),
  }
  return {
    messages: system === undefined ? messages : [{ role: 'system', content: system }, ...messages],
    // Core refuses a setting that the model lacks; `describeIgnoredReasoning` reports it instead.
    ...(capabilities.reasoning === 'optional' && reasoning !== undefined && { reasoning }),
    ...(budget !== undefined && { reasoningBudget: budget }),
    ...(maxTokens !== undefined && { maxTokens }),
    ...(Object.keys(sampling).length > 0 && { sampling }),
  }
}
