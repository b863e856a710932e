import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { shapes } from '../../src/index.ts'
import { onnxTransformer, writeOnnx, type WriteOnnxOptions } from '../../src/onnx/index.ts'
import { computeLastLogits, findLargestDifference, openSession } from './session.ts'

const folder = temporaryFolder()
const graph = onnxTransformer({ shape: shapes.small, precision: 'fp32', deviation: 0.1 })
const logitsOf = async (path: string) => computeLastLogits(await openSession(path), [501, 65, 300])

describe('a model', () => {
  it('is the same with its weights inside, beside it, and in files of another model', async () => {
    const singleFile = join(folder, 'inside.onnx')
    const fileWithData = join(folder, 'beside.onnx')
    const sharingFile = join(folder, 'sharing.onnx')
    await writeOnnx({ path: singleFile, ...graph })
    const { bytes, data } = await writeOnnx({
      path: fileWithData,
      dataPath: `${fileWithData}.data`,
      ...graph,
    })
    expect(bytes).toBe(statSync(fileWithData).size + statSync(`${fileWithData}.data`).size)
    const sharingResult = await writeOnnx({
      path: sharingFile,
      ...graph,
      shared: [data ?? expect.fail('there is no data file')],
    })
    expect(sharingResult.bytes).toBeLessThan(50_000)
    const expected = await logitsOf(singleFile)
    for (const path of [fileWithData, sharingFile])
      expect(findLargestDifference(await logitsOf(path), expected)).toBe(0)
  })

  it('reports its progress to the end', async () => {
    const progress: number[] = []
    const path = join(folder, 'progress.onnx')
    await writeOnnx({
      path,
      dataPath: `${path}.data`,
      ...graph,
      onProgress: ({ written, total }) => progress.push(written / total),
    })
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    expect(progress.at(-1)).toBe(1)
  })
})

describe('no file is left', () => {
  const emptyFolder = join(folder, 'empty')
  mkdirSync(emptyFolder)
  const path = join(emptyFolder, 'model.onnx')
  const write = (options: Partial<WriteOnnxOptions>) =>
    writeOnnx({ path, dataPath: `${path}.data`, ...graph, ...options })

  it('after an abort, which rejects with its reason', async () => {
    const controller = new AbortController()
    const abort = () => controller.abort('enough')
    await expect(write({ signal: controller.signal, onProgress: abort })).rejects.toBe('enough')
    await expect(write({ signal: AbortSignal.abort('before') })).rejects.toBe('before')
    expect(readdirSync(emptyFolder)).toEqual([])
  })

  it('where the model is refused before the first byte', async () => {
    const largeTensor = {
      name: 'large',
      type: 'float32',
      dimensions: [2 ** 30],
      bytes: { unit: 4, begin: () => () => undefined },
    } as const
    await expect(write({ dataPath: join(folder, 'outside.data') })).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining('runtimes refuse weights from outside it'),
    })
    await expect(
      writeOnnx({ path, ...graph, tensors: [...graph.tensors, largeTensor] }),
    ).rejects.toThrow(/Give dataPath/)
    await expect(write({ tensors: [] })).rejects.toThrow(/which no node before it gives/)
    await expect(
      write({ outputs: [{ name: 'other', type: 'int64', dimensions: [] }] }),
    ).rejects.toThrow('no node gives the output other')
    const missing = join(folder, 'none')
    await expect(
      write({ path: join(missing, 'model.onnx'), dataPath: join(missing, 'data') }),
    ).rejects.toMatchObject({ code: 'not-found' })
    expect(readdirSync(emptyFolder)).toEqual([])
  })
})
