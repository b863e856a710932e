import { NanoError } from '@nano/core'
import { computeOnnxTensorSize, type OnnxTensor } from '@nano/onnx-graph'
import { buffersOfSize, fillChunks, type ChunkBuffers } from '../files/chunks.ts'

/** A tensor, and where its bytes begin in a file. */
export type PlacedTensor = readonly [tensor: OnnxTensor, offset: number]

/** Places tensors in a file. Large ones begin at a page, so that a runtime can map them. */
export function placeTensors(tensors: readonly OnnxTensor[]): {
  readonly placedTensors: readonly PlacedTensor[]
  readonly size: number
} {
  let end = 0
  const placedTensors = tensors.map((tensor): PlacedTensor => {
    const size = computeOnnxTensorSize(tensor)
    const alignment = size >= 2 ** 20 ? 4_096 : 64
    const offset = Math.ceil(end / alignment) * alignment
    end = offset + size
    return [tensor, offset]
  })
  return { placedTensors, size: end }
}

/** Yields a file of tensors in chunks. */
export function* dataChunks(placed: readonly PlacedTensor[]): Generator<Uint8Array> {
  const buffers = tensorBuffers(placed.map(([tensor]) => tensor))
  let end = 0
  for (const [tensor, offset] of placed) {
    yield new Uint8Array(offset - end)
    yield* tensorChunks(tensor, buffers)
    end = offset + computeOnnxTensorSize(tensor)
  }
}

/** Yields an encoded model in chunks. */
export function* modelChunks(pieces: readonly (Uint8Array | OnnxTensor)[]): Generator<Uint8Array> {
  const buffers = tensorBuffers(
    pieces.filter((piece): piece is OnnxTensor => !(piece instanceof Uint8Array)),
  )
  let encoded: Uint8Array[] = []
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) {
      encoded.push(piece)
      continue
    }
    yield Buffer.concat(encoded)
    encoded = []
    yield* tensorChunks(piece, buffers)
  }
  yield Buffer.concat(encoded)
}

/** Yields the bytes of a tensor in order. A chunk is valid until the next but one. */
function* tensorChunks(tensor: OnnxTensor, buffers: ChunkBuffers): Generator<Uint8Array> {
  const { name, bytes } = tensor
  const size = computeOnnxTensorSize(tensor)
  if (!(bytes instanceof Uint8Array))
    return yield* fillChunks({ unit: bytes.unit, fill: bytes.begin() }, size, buffers)
  if (bytes.length !== size)
    throw new NanoError(
      'invalid-request',
      `forge: tensor ${name} has ${bytes.length} bytes, and its dimensions need ${size}.`,
    )
  yield bytes
}

/** Creates buffers that are large enough for the longest unit. */
function tensorBuffers(tensors: readonly OnnxTensor[]): ChunkBuffers {
  return buffersOfSize(tensors.map(({ bytes }) => (bytes instanceof Uint8Array ? 0 : bytes.unit)))
}
