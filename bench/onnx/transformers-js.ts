import { basename, dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  AutoModelForCausalLM,
  BaseStreamer,
  env,
  Tensor,
  type TextStreamer,
} from '@huggingface/transformers'
import type { Task, TokenContender } from '../measuring/contender.ts'
import type { Device, Workload } from './workloads.ts'

/** transformers.js on the file of a workload. It computes on the main thread. */
export async function openTransformersJs(
  { folder, precision }: Pick<Workload, 'folder' | 'precision'>,
  { device, threads }: { readonly device: Device; readonly threads?: number },
): Promise<TokenContender> {
  env.allowRemoteModels = false
  env.localModelPath = dirname(folder)
  const model = await AutoModelForCausalLM.from_pretrained(basename(folder), {
    dtype: precision,
    device,
    ...(threads !== undefined && {
      session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
    }),
  })
  await waitForQuiet()

  const generateTokens = async (
    { tokens, maxTokens }: Task,
    streamer?: BaseStreamer,
  ): Promise<readonly number[]> => {
    const shape = [1, tokens.length]
    const output = (await model.generate({
      inputs: new Tensor('int64', BigInt64Array.from(tokens, BigInt), shape),
      attention_mask: new Tensor('int64', new BigInt64Array(tokens.length).fill(1n), shape),
      max_new_tokens: maxTokens,
      do_sample: false,
      ...(streamer && { streamer: streamer as BaseStreamer & TextStreamer }),
    })) as Tensor
    return Array.from(output.data as BigInt64Array, Number).slice(tokens.length)
  }
  return {
    name: `transformers.js${threads === undefined ? '' : `, ${threads} thread`}`,
    generateTokens: (task) => generateTokens(task),
    async generate(task) {
      const clock = new TokenClock()
      const startedAt = performance.now()
      await generateTokens(task, clock)
      const [, firstTokenAt = NaN] = clock.calledAt
      return {
        outputTokens: clock.calledAt.length - 1,
        cachedInputTokens: 0,
        firstTokenTime: firstTokenAt - startedAt,
        decodeTime: (clock.calledAt.at(-1) ?? NaN) - firstTokenAt,
      }
    },
    async close() {
      await model.dispose()
    },
  }
}

/** Notes when each token comes; the first call brings the prompt. */
class TokenClock extends BaseStreamer {
  readonly calledAt: number[] = []
  override put(): void {
    this.calledAt.push(performance.now())
  }
  override end(): void {}
}

/**
 * Waits until the process computes no more: transformers.js goes on reading large files for some
 * seconds after it has loaded them, which would slow down whoever is measured meanwhile.
 */
async function waitForQuiet(): Promise<void> {
  for (let quietChecks = 0; quietChecks < 4;) {
    const usageBefore = process.cpuUsage()
    await setTimeout(500)
    const { user, system } = process.cpuUsage(usageBefore)
    quietChecks = user + system < 50_000 ? quietChecks + 1 : 0
  }
}
