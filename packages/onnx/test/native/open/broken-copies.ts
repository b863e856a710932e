import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NanoError } from '@nano/core'
import { writeOnnx } from '@nano/forge/onnx'
import { onnx } from '@nano/tiny'
import { expect } from 'vitest'
import { temporaryFolder } from '../../../../../test/shared/temporary-folder.ts'
import { type OnnxOptions, openOnnx } from '../../../src/index.ts'

/** Where the copies of a test file are. */
export const folder = temporaryFolder()

/** The error with which a model does not open. */
export async function openError(options: OnnxOptions): Promise<NanoError> {
  const error: unknown = await openOnnx(options).then(
    (model) => model.close(),
    (error: unknown) => error,
  )
  if (!NanoError.is(error)) throw new Error(`expected a NanoError, got ${String(error)}`)
  return error
}

/** An empty folder. */
export function makeFolder(name: string): string {
  mkdirSync(join(folder, name))
  return join(folder, name)
}

/** A copy of the embedded model's folder. */
export function copyModel(name: string): string {
  const path = join(folder, name)
  cpSync(onnx.transformers, path, { recursive: true })
  return path
}

/** A copy without one of its files. */
export function copyWithout(name: string, file: string): string {
  const path = copyModel(name)
  rmSync(join(path, file))
  return path
}

/** A copy in which the text of one file is changed. */
export function copyWith(name: string, file: string, change: (text: string) => string): string {
  const path = copyModel(name)
  writeFileSync(join(path, file), change(readFileSync(join(path, file), 'utf8')))
  return path
}

/**
 * A copy that asks for a version of the operator set. In protobuf that is field 8 of the model, a
 * message whose field 2 is the number.
 */
export function copyWithOpset(opset: number): string {
  const path = copyModel(`opset-${opset}`)
  const file = join(path, 'onnx/model.onnx')
  const bytes = readFileSync(file)
  const offset =
    [...bytes.keys()].find(
      (offset) =>
        bytes[offset] === 0x42 &&
        bytes[offset + 1] === 4 &&
        bytes[offset + 2] === 0x0a &&
        bytes[offset + 3] === 0 &&
        bytes[offset + 4] === 0x10,
    ) ?? expect.fail('the file has no opset')
  bytes[offset + 5] = opset
  writeFileSync(file, bytes)
  return path
}

/** A copy whose ONNX file labels pictures. */
export async function copyWithClassifier(): Promise<string> {
  const path = copyModel('not-a-language-model')
  const vector = { type: 'float32', dimensions: [1, 4] } as const
  await writeOnnx({
    path: join(path, 'onnx/model.onnx'),
    name: 'labels',
    inputs: [{ name: 'pixels', ...vector }],
    outputs: [{ name: 'labels', ...vector }],
    nodes: [{ operator: 'Add', inputs: ['pixels', 'pixels'], outputs: ['labels'] }],
    tensors: [],
  })
  return path
}
