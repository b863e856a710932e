import { basename, dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  AutoModelForCausalLM,
  BaseStreamer,
  env,
  Tensor,
  type TextStreamer,
} from '@huggingface/transformers'
import type { Contender, Prompt } from './contender.ts'

export interface TransformersOptions {
  /** A folder in transformers.js' own layout. */
  readonly folder: string
  readonly precision: 'fp32' | 'q4'
  /** Absent, as many as the runtime likes. */
  readonly threads?: number
}

/** Notes when each token comes; what it is given first is the prompt. */
class Clock extends BaseStreamer {
  readonly at: number[] = []
  override put(): void {
    this.at.push(performance.now())
  }
  override end(): void {}
}

/**
 * It goes on reading large files for some seconds after it has loaded them, which would take from
 * whoever is measured meanwhile.
 */
async function settled(): Promise<void> {
  for (let quiet = 0; quiet < 4;) {
    const before = process.cpuUsage()
    await setTimeout(500)
    const { user, system } = process.cpuUsage(before)
    quiet = user + system < 50_000 ? quiet + 1 : 0
  }
}

/**
 * transformers.js, on the same file: the library most people run such files with. It computes on
 * the main thread.
 */
export async function transformers({
  folder,
  precision,
  threads,
}: TransformersOptions): Promise<Contender> {
  env.allowRemoteModels = false
  env.localModelPath = dirname(folder)
  const session =
    threads === undefined
      ? {}
      : { session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 } }
  const model = await AutoModelForCausalLM.from_pretrained(basename(folder), {
    dtype: precision,
    device: 'cpu',
    ...session,
  })
  await settled()

  const generate = async (
    { tokens }: Prompt,
    maxTokens: number,
    streamer?: Clock,
  ): Promise<readonly number[]> => {
    const ids = new Tensor('int64', BigInt64Array.from(tokens, BigInt), [1, tokens.length])
    const mask = new Tensor('int64', new BigInt64Array(tokens.length).fill(1n), [1, tokens.length])
    const output = (await model.generate({
      inputs: ids,
      attention_mask: mask,
      max_new_tokens: maxTokens,
      do_sample: false,
      ...(streamer && { streamer: streamer as BaseStreamer as BaseStreamer & TextStreamer }),
    })) as Tensor
    return Array.from(output.data as BigInt64Array, Number).slice(tokens.length)
  }
  return {
    name: `transformers.js${threads === undefined ? '' : `, ${threads} thread`}`,
    async reply(prompt, maxTokens) {
      const clock = new Clock()
      const started = performance.now()
      await generate(prompt, maxTokens, clock)
      const [, first = NaN] = clock.at
      return {
        tokens: clock.at.length - 1,
        cached: 0,
        first: first - started,
        decoding: (clock.at.at(-1) ?? NaN) - first,
      }
    },
    tokens: (prompt, maxTokens) => generate(prompt, maxTokens),
    async close() {
      await model.dispose()
    },
  }
}
