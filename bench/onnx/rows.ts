import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { spread, table } from '../table.ts'
import type { Subject } from './subjects.ts'

const counts = [1, 2, 4, 8] as const

/**
 * How long the runtime takes for a token of several sequences, relative to one: what a batch can
 * save at most.
 */
export async function rows(subjects: readonly Subject[]): Promise<void> {
  const lines: string[][] = []
  for (const { name, folder, precision } of subjects) {
    const session = await InferenceSession.create(
      join(folder, `onnx/model${precision === 'fp32' ? '' : `_${precision}`}.onnx`),
    )
    const took: number[][] = counts.map(() => [])
    for (let round = 0; round < 12; round++) {
      for (const [index, count] of counts.entries()) {
        const feeds = firstTokens(session, count)
        const began = performance.now()
        await session.run(feeds, ['logits'])
        if (round > 1) took[index]?.push(performance.now() - began)
      }
    }
    lines.push([
      name,
      ...took.map((times) =>
        spread(times.map((time, round) => time / (took[0]?.[round] ?? NaN))).median.toFixed(1),
      ),
    ])
    await session.release()
  }
  console.log('A step of so many sequences, in times of one\n')
  console.log(`${table(['', ...counts.map(String)], lines)}\n`)
}

function firstTokens(
  { inputMetadata }: InferenceSession,
  count: number,
): Readonly<Record<string, Tensor>> {
  const column = (value: bigint) =>
    new Tensor('int64', new BigInt64Array(count).fill(value), [count, 1])
  const cache = inputMetadata.flatMap((input) =>
    input.isTensor && input.name.startsWith('past')
      ? [
          [
            input.name,
            new Tensor('float32', new Float32Array(0), [
              count,
              Number(input.shape[1]),
              0,
              Number(input.shape[3]),
            ]),
          ] as const,
        ]
      : [],
  )
  return {
    input_ids: column(5n),
    attention_mask: column(1n),
    position_ids: column(0n),
    ...Object.fromEntries(cache),
  }
}
