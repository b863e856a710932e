import type { CompletionOptions, Engine, Increment, Prompt } from '@nano/chat'
import { type ModelInfo, NanoError, wholeCodePoints } from '@nano/core'
import { type RuntimeLog, toNanoError } from './error.ts'
import type { LlamaContext, LlamaModel, LlamaSequence, Token } from './runtime.ts'
import { settings, toRuntimeSampling } from './sampling.ts'
import { ownOrOldest, reuse, sequencesOf } from './sequences.ts'

export interface Loaded {
  readonly model: LlamaModel
  readonly context: LlamaContext
  readonly info: ModelInfo & { readonly contextLength: number }
  readonly parallel: number
  readonly vocabularySize: number
  /** Tokens of the prompt read at a time: an abort waits for at most that many. */
  readonly batchSize: number
  readonly log: RuntimeLog
}

/** A loaded model as an engine: one context, one sequence a request, continuous batching between them. */
export function engine({ model, context, info, parallel, vocabularySize, batchSize, log }: Loaded): Engine {
  const name = `llama-cpp(${info.model})`
  const sequences = sequencesOf(context, parallel)
  const controls = new Map<string, Token>()
  /** Counts requests, to know which sequence was left alone for longest. */
  let taken = 0
  /** Calls into the runtime that have not returned; memory must not go while there is one. */
  const running = new Set<Promise<unknown>>()

  async function run<T>(work: Promise<T>): Promise<T> {
    running.add(work)
    try {
      return await work
    } catch (cause) {
      throw toNanoError({ cause, doing: `${name}: decoding`, log, decoding: true })
    } finally {
      running.delete(work)
    }
  }

  function controlToken(control: string): Token {
    const known = controls.get(control)
    if (known !== undefined) return known
    const [token, ...more] = model.tokenize(control, true)
    if (token === undefined || more.length > 0) {
      throw new NanoError('bad-model', `${name}: the vocabulary has no control token ${control}, which the format ${info.format ?? ''} writes. Open the model with another format.`)
    }
    controls.set(control, token)
    return token
  }

  function tokenize(prompt: Prompt): Token[] {
    return prompt.flatMap((segment) => ('control' in segment ? [controlToken(segment.control)] : model.tokenize(segment.text, false)))
  }

  /** Reads the prompt but for its last batch, and gives that: it is read together with sampling the first token. */
  async function prefill(sequence: LlamaSequence, prompt: readonly Token[], { signal, onPrefill }: CompletionOptions): Promise<Token[]> {
    let at = sequence.nextTokenIndex
    while (prompt.length - at > batchSize) {
      await run(sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(at, at + batchSize)))
      signal.throwIfAborted()
      at += batchSize
      onPrefill?.({ processed: at, total: prompt.length })
    }
    return prompt.slice(at)
  }

  async function* complete(tokens: readonly number[], options: CompletionOptions): AsyncGenerator<Increment> {
    const { signal, maxTokens, onPrefill } = options
    const prompt = tokens as readonly Token[]
    const asked = performance.now()
    const slot = await sequences.take(signal, ownOrOldest(prompt))
    const { sequence } = slot
    Object.assign(slot, { prompt, taken: ++taken })
    const begun = performance.now()

    try {
      const cachedInput = await run(reuse(sequence, prompt))
      signal.throwIfAborted()
      const rest = await prefill(sequence, prompt, options)
      const sampled: Token[] = prompt.slice(prompt.length - options.sampled)
      const decoder = wholeCodePoints((held) => model.detokenize(held as Token[], options.controlText ?? false, sampled.slice(Math.max(0, sampled.length - held.length - 4), sampled.length - held.length)))
      const iterator = sequence.evaluate(rest, { ...toRuntimeSampling(options.sampling, () => sampled), yieldEogToken: true })
      let start: Increment['start']
      let count = 0

      try {
        for (;;) {
          const { value: token, done } = await run(iterator.next())
          signal.throwIfAborted()
          if (done) throw new NanoError('bad-output', `${name}: the runtime ended without an end-of-turn token`)
          if (!start) {
            start = { cachedInput, waiting: begun - asked, prompt: performance.now() - begun }
            onPrefill?.({ processed: prompt.length, total: prompt.length })
          }
          const first = count++ === 0 && { start }
          if (model.isEogToken(token)) return yield { text: decoder.end(), tokens: [token], end: 'stop', ...first }
          sampled.push(token)
          const text = decoder.push(token)
          if (count === maxTokens) return yield { text, tokens: [token], end: 'length', ...first }
          yield { text, tokens: [token], ...first }
        }
      } finally {
        await run(iterator.return())
      }
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    } finally {
      sequences.give(slot)
    }
  }

  return {
    name,
    info,
    sampling: settings,
    vocabularySize,
    ...(model.tokens.shouldPrependBosToken && model.tokens.bosString !== null && { beginning: model.tokens.bosString }),
    complete,
    tokenize: async (prompt) => tokenize(prompt),
    detokenize: async (tokens) => model.detokenize(tokens as Token[], true),
    async close() {
      while (running.size > 0) await Promise.allSettled(running)
      await context.dispose()
      await model.dispose()
    },
  }
}
