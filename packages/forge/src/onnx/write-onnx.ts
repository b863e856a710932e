import { dirname, relative, resolve } from 'node:path'
import { NanoError } from '@nano/core'
import {
  encodeModel,
  onnxTensorSize,
  type OnnxGraph,
  type OnnxTensor,
  type TensorLocation,
} from '@nano/onnx-graph'
import { writeFiles, type FileContents, type WriteProgress } from '../write-files.ts'
import { sourceBytes, sourceBuffers } from './sources.ts'

/** A file with tensors' bytes, and where each begins. */
export interface OnnxData {
  readonly path: string
  readonly offsets: Readonly<Record<string, number>>
}

/** What to write, and where. */
export interface WriteOnnxOptions extends OnnxGraph {
  /** A file there is replaced once the new one is whole. */
  readonly path: string
  /**
   * A second file for the weights, in the folder of `path` or beneath it; left out, they go into
   * the first, which then holds 2 GB at most.
   */
  readonly dataPath?: string
  /**
   * Files already written, whose tensors are used in place of those of the same name and size here.
   */
  readonly shared?: readonly OnnxData[]
  /** Called after every 4 MiB or so, and with `written` equal to `total` at the end. */
  readonly onProgress?: (progress: WriteProgress) => void
  readonly signal?: AbortSignal
}

/** What was written. */
export interface WrittenOnnx {
  /** Of both files. */
  readonly bytes: number
  /** For `shared` of another model; there when `dataPath` was given. */
  readonly data?: OnnxData
}

/**
 * Below this many bytes a tensor stays in the model's file, as exporters have it: shapes are read
 * before the weights.
 */
const least = 1_024

/** protobuf's limit. */
const most = 2 ** 31 - 1

/**
 * Writes an ONNX model, with its weights inside or in a file of their own; memory stays at some
 * megabytes whatever the size. Files are written as `path.part` and renamed when whole; after a
 * failure or an abort there are none. Throws `invalid-request` for what cannot be a file and
 * `out-of-memory` for want of disk, both before the first byte; `not-found` for a missing folder.
 */
export async function writeOnnx({
  path,
  dataPath,
  shared = [],
  onProgress,
  signal,
  ...contents
}: WriteOnnxOptions): Promise<WrittenOnnx> {
  check(contents)
  const { tensors } = contents
  const large = tensors.filter((tensor) => onnxTensorSize(tensor) >= least)
  const found = new Map(
    large.flatMap((tensor) => {
      const data = shared.find(({ offsets }) => offsets[key(tensor)] !== undefined)
      return data
        ? [
            [
              tensor,
              { path: locationOf(path, data.path), offset: data.offsets[key(tensor)] ?? 0 },
            ] as const,
          ]
        : []
    }),
  )
  const apart = dataPath === undefined ? [] : large.filter((tensor) => !found.has(tensor))
  const laid = layOut(apart)
  const location = dataPath === undefined ? '' : locationOf(path, dataPath)
  const places = new Map<OnnxTensor, TensorLocation>([
    ...found,
    ...laid.offsets.map(([tensor, offset]) => [tensor, { path: location, offset }] as const),
  ])

  const model = encodeModel(contents, {
    producer: '@nano/forge',
    locateTensor: (tensor) => places.get(tensor),
  })
  if (model.size > most)
    throw new NanoError(
      'invalid-request',
      `forge: the weights of ${path} take ${model.size} bytes, and one file holds ${most} at most. Give dataPath, a second file for them.`,
    )
  const files: FileContents[] = [
    ...(dataPath === undefined || apart.length === 0
      ? []
      : [{ path: dataPath, size: laid.size, chunks: dataChunks(laid.offsets) }]),
    { path, size: model.size, chunks: modelChunks(model.pieces) },
  ]
  const bytes = await writeFiles({ files, onProgress, signal })
  return {
    bytes,
    ...(dataPath !== undefined && {
      data: {
        path: dataPath,
        offsets: Object.fromEntries(laid.offsets.map(([tensor, offset]) => [key(tensor), offset])),
      },
    }),
  }
}

function check({ nodes, inputs, outputs, tensors }: OnnxGraph): void {
  const refused = (why: string) => new NanoError('invalid-request', `forge: ${why}.`)
  const known = new Set(['', ...inputs.map(({ name }) => name)])
  for (const { name, dimensions } of tensors) {
    if (known.has(name)) throw refused(`${name} is there twice. Give each tensor a name of its own`)
    if (dimensions.some((size) => !Number.isSafeInteger(size) || size < 1))
      throw refused(
        `tensor ${name} has dimensions ${dimensions.join(' × ')}. Give positive whole numbers`,
      )
    known.add(name)
  }
  for (const node of nodes) {
    for (const input of node.inputs)
      if (!known.has(input))
        throw refused(
          `${node.operator} uses ${input}, which nothing before it gives. Give nodes in order`,
        )
    for (const output of node.outputs) known.add(output)
  }
  for (const { name } of outputs)
    if (!known.has(name)) throw refused(`no node gives the output ${name}`)
}

/** Name and size, so that a tensor of another precision is not taken for it. */
function key(tensor: OnnxTensor): string {
  return `${tensor.name}:${tensor.type}:${onnxTensorSize(tensor)}`
}

/** Relative, as the format has it; runtimes refuse what lies outside the folder of the model. */
function locationOf(path: string, dataPath: string): string {
  const location = relative(dirname(resolve(path)), resolve(dataPath)).replaceAll('\\', '/')
  if (location.startsWith('..') || /^[A-Za-z]:/.test(location))
    throw new NanoError(
      'invalid-request',
      `forge: ${dataPath} is not in the folder of ${path}, and runtimes refuse weights from outside it. Give a path in that folder or beneath it.`,
    )
  return location
}

/** Large tensors begin at a page, so that a runtime can map them into memory. */
function layOut(tensors: readonly OnnxTensor[]): {
  readonly offsets: readonly (readonly [OnnxTensor, number])[]
  readonly size: number
} {
  let end = 0
  const offsets = tensors.map((tensor) => {
    const size = onnxTensorSize(tensor)
    const alignment = size >= 2 ** 20 ? 4_096 : 64
    const offset = Math.ceil(end / alignment) * alignment
    end = offset + size
    return [tensor, offset] as const
  })
  return { offsets, size: end }
}

function* dataChunks(offsets: readonly (readonly [OnnxTensor, number])[]): Generator<Uint8Array> {
  const buffers = sourceBuffers(offsets.map(([tensor]) => tensor))
  let at = 0
  for (const [tensor, offset] of offsets) {
    yield new Uint8Array(offset - at)
    yield* sourceBytes(tensor, buffers)
    at = offset + onnxTensorSize(tensor)
  }
}

function* modelChunks(pieces: readonly (Uint8Array | OnnxTensor)[]): Generator<Uint8Array> {
  const buffers = sourceBuffers(
    pieces.filter((piece): piece is OnnxTensor => !(piece instanceof Uint8Array)),
  )
  let gathered: Uint8Array[] = []
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) {
      gathered.push(piece)
      continue
    }
    yield Buffer.concat(gathered)
    gathered = []
    yield* sourceBytes(piece, buffers)
  }
  yield Buffer.concat(gathered)
}
