import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../test/shared/folder.ts'
import { onnx } from '../../tiny/src/index.ts'
import { onnxTransformer, shapes, writeOnnx } from '../../forge/src/index.ts'
import { lastLogits, type OnnxContents } from '../src/index.ts'
import { emptyCache, stepFeeds } from './loop/loop.ts'
import { tableDecoder } from './table-decoder.ts'

const folder = temporaryFolder()
const written = async (name: string, contents: OnnxContents) => {
  const path = join(folder, name)
  await writeOnnx({ path, ...contents })
  return path
}
const open = (path: string, model: Uint8Array) =>
  InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    extra: { session: { model_external_initializers_file_folder_path: dirname(path) } },
  })

it.each<[what: string, path: () => string | Promise<string>]>([
  ['fp32', () => join(onnx.transformers, 'onnx/model.onnx')],
  ['four bits', () => join(onnx.transformers, 'onnx/model_q4.onnx')],
  [
    'half precision',
    () =>
      written(
        'asked.onnx',
        onnxTransformer({ shape: shapes.small, precision: 'fp16', deviation: 0.1 }),
      ),
  ],
  [
    'logits that are looked up',
    () =>
      written(
        'table.onnx',
        tableDecoder({
          rows: [
            [1, 2, 3],
            [3, 4, 5],
            [5, 6, 7],
          ],
        }),
      ),
  ],
])('a decoder with %s gives the logits of the last token alone', async (_what, found) => {
  const path = await found()
  const bytes = readFileSync(path)
  const [plain, last] = [await open(path, bytes), await open(path, lastLogits(bytes))]
  const empty = emptyCache(plain)
  const feeds = { ...stepFeeds(plain, [1, 2, 0], empty), ...empty }
  const [{ logits: all }, { logits }] = [await plain.run(feeds), await last.run(feeds)]
  const width = all!.dims[2]!
  expect(logits!.dims).toEqual([1, 1, width])
  const difference = Array.from(logits!.data as Float32Array, (value, index) =>
    Math.abs(Number(value) - Number((all!.data as Float32Array)[2 * width + index])),
  )
  expect(Math.max(...difference)).toBeLessThan(1e-2)
})

it('a decoder that is asked how many logits to give is left as it is', async () => {
  const bytes = readFileSync(
    await written(
      'kept.onnx',
      onnxTransformer({ shape: shapes.small, precision: 'fp32', logits: 'asked' }),
    ),
  )
  expect(lastLogits(bytes).length).toBeLessThanOrEqual(bytes.length)
})
