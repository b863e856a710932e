import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { measureInRounds } from '../measuring/rounds.ts'
import { computeRatios, formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import type { Workload } from './workloads.ts'

/** Sequences of a batch. */
const batchSizes = [1, 2, 4, 8] as const
const rounds = 10

/**
 * Prints how long ONNX Runtime by itself takes for one token of each sequence of a batch, relative
 * to a single sequence: a batch cannot save more than that.
 */
export async function printBatchSteps(workloads: readonly Workload[]): Promise<void> {
  const rows: string[][] = []
  for (const { name, folder, precision } of workloads) {
    const suffix = precision === 'fp32' ? '' : `_${precision}`
    const session = await InferenceSession.create(join(folder, `onnx/model${suffix}.onnx`))
    const times = await measureInRounds(
      batchSizes,
      { rounds, warmUpRounds: 2 },
      async (batchSize) => {
        const feeds = buildFeeds(session, batchSize)
        const startedAt = performance.now()
        await session.run(feeds, ['logits'])
        return performance.now() - startedAt
      },
    )
    rows.push([
      name,
      ...batchSizes.map((size) => formatSpread(computeRatios(times.get(size), times.get(1)))),
    ])
    await session.release()
  }
  printTable(
    'Time of a step of so many sequences; of one it is 1',
    ['', ...batchSizes.map(String)],
    rows,
  )
}

/** The first token of each sequence, with an empty KV cache. */
function buildFeeds(
  { inputMetadata }: InferenceSession,
  batchSize: number,
): Readonly<Record<string, Tensor>> {
  const column = (value: bigint) =>
    new Tensor('int64', new BigInt64Array(batchSize).fill(value), [batchSize, 1])
  const feeds: Record<string, Tensor> = {
    input_ids: column(5n),
    attention_mask: column(1n),
    position_ids: column(0n),
  }
  for (const input of inputMetadata) {
    if (!input.isTensor || !input.name.startsWith('past')) continue
    const [, heads, , width] = input.shape.map(Number)
    feeds[input.name] = new Tensor('float32', new Float32Array(0), [
      batchSize,
      heads ?? NaN,
      0,
      width ?? NaN,
    ])
  }
  return feeds
}
