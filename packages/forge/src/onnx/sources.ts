import { NanoError } from '@nano/core'
import type { Weights } from '../gguf.ts'
import { chunksOf, filler, twoBuffers, type Buffers } from '../tensor-bytes.ts'
import { onnxTensorSize, type OnnxTensor } from '@nano/onnx-graph'

/** Large enough for the longest unit. */
export function sourceBuffers(tensors: readonly OnnxTensor[]): Buffers {
  return twoBuffers(tensors.map(({ bytes }) => (bytes instanceof Uint8Array ? 0 : bytes.unit)))
}

/** A tensor's bytes in order. A chunk stands until the next but one is asked for. */
export function* sourceBytes(tensor: OnnxTensor, buffers: Buffers): Generator<Uint8Array> {
  const { name, bytes } = tensor
  const total = onnxTensorSize(tensor)
  if (!(bytes instanceof Uint8Array))
    return yield* chunksOf({ unit: bytes.unit, fill: bytes.begin() }, total, buffers)
  if (bytes.length !== total)
    throw new NanoError(
      'invalid-request',
      `forge: tensor ${name} has ${bytes.length} bytes, and its dimensions need ${total}.`,
    )
  yield bytes
}

/** A tensor of floating-point numbers. */
export function floats({
  name,
  type,
  dimensions,
  weights,
}: {
  readonly name: string
  readonly type: 'float32' | 'float16'
  readonly dimensions: readonly number[]
  readonly weights: Weights
}): OnnxTensor {
  const tensor = {
    name,
    dimensions: dimensions.toReversed(),
    type: type === 'float32' ? 'F32' : 'F16',
    weights,
  } as const
  return {
    name,
    type,
    dimensions,
    bytes: { unit: filler(tensor).unit, begin: () => filler(tensor).fill },
  }
}
