import { setImmediate } from 'node:timers/promises'
import type { Prompt } from '@nano/chat'
import type { CompletionOptions, Engine, Increment, Steering } from '@nano/chat/engine'
import { NanoError } from '@nano/core'
import { type Chain, toCodePoints, controls, endOfTurn, firstControl } from './chain.ts'
import { sampler, settings } from './sampling.ts'

interface EngineOptions {
  readonly chain: Chain
  readonly contextLength: number
}

/** Makes an engine of a chain: tokens in, increments out. It knows nothing of messages. */
export function engine({ chain, contextLength }: EngineOptions): Engine {
  const name = 'markov'

  async function* complete(
    prompt: readonly number[],
    { sampling, maxTokens, signal }: CompletionOptions,
  ): AsyncGenerator<Increment, void, Steering | undefined> {
    const startedAt = performance.now()
    const sample = sampler(sampling)
    const sequence = [...prompt]
    let remainingTokens = maxTokens

    for (let count = 1; ; count++) {
      // A chain is fast: without this, no timer fires and no abort arrives before the reply ends.
      await setImmediate()
      signal.throwIfAborted()

      const firstFields = count === 1 && {
        prefill: { cachedInput: 0, waiting: 0, prompt: performance.now() - startedAt },
      }
      const token = sample(chain.next(sequence))
      const end = token === endOfTurn ? 'stop' : --remainingTokens === 0 ? 'length' : undefined
      sequence.push(token)
      const steering = yield {
        text: end === 'stop' ? '' : textOf(token),
        tokens: [token],
        ...firstFields,
        ...(end && { finishReason: end }),
      }
      if (end) return
      if (!steering) continue
      sequence.splice(-1, 1, ...steering.replacement)
      remainingTokens = steering.maxTokens
    }
  }

  function controlToken(control: string): number {
    const index = controls.indexOf(control)
    if (index < 0)
      throw new NanoError('bad-model', `${name}: the vocabulary has no control token ${control}`)
    return firstControl + index
  }

  function tokenize(prompt: Prompt): number[] {
    return prompt.flatMap((segment) =>
      'control' in segment ? [controlToken(segment.control)] : toCodePoints(segment.text),
    )
  }

  return {
    name,
    info: { model: 'markov', contextLength, device: 'cpu' },
    sampling: settings,
    vocabularySize: firstControl + controls.length,
    complete,
    tokenize: async (prompt) => tokenize(prompt),
    detokenize: async (tokens) => tokens.map(textOf).join(''),
    close: async () => {},
  }
}

function textOf(token: number): string {
  return token < firstControl ? String.fromCodePoint(token) : (controls[token - firstControl] ?? '')
}
