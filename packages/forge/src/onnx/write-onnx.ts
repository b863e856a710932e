import { dirname, relative, resolve } from 'node:path'
import { NanoError } from '@nano/core'
import {
  encodeModel,
  computeOnnxTensorSize,
  type OnnxGraph,
  type OnnxTensor,
  type TensorLocation,
} from '@nano/onnx-graph'
import { writeFiles, type FileToWrite, type WriteProgress } from '../files/write-files.ts'
import { assertGraph } from './assert-graph.ts'
import { dataChunks, modelChunks, placeTensors } from './tensor-chunks.ts'

/** A file with the bytes of tensors. */
export interface OnnxData {
  readonly path: string
  /** Where each tensor begins. A key has the name, the type and the size of the tensor. */
  readonly offsets: Readonly<Record<string, number>>
}

/** Options of `writeOnnx`. */
export interface WriteOnnxOptions extends OnnxGraph {
  /** A file at this path is replaced when the new one is complete. */
  readonly path: string
  /**
   * A second file for the weights, in the folder of `path` or below it. Without it the weights are
   * in the first file, which holds 2 GB at most.
   */
  readonly dataPath?: string
  /**
   * Data files of other models. The model uses their tensors instead of its own where name, type
   * and size are the same.
   */
  readonly shared?: readonly OnnxData[]
  /** Called about every 4 MiB, and with `written` equal to `total` at the end. */
  readonly onProgress?: (progress: WriteProgress) => void
  readonly signal?: AbortSignal
}

/** The files that were written. */
export interface OnnxFiles {
  /** Bytes of all files. */
  readonly bytes: number
  /** The data file, which other models can share; absent without `dataPath`. */
  readonly data?: OnnxData
}

/**
 * Tensors with fewer bytes stay in the file of the model, as in other exports: a runtime reads
 * shapes before it reads weights.
 */
const leastDataSize = 1_024

/** Protobuf's limit for the bytes of a message. */
const largestModelSize = 2 ** 31 - 1

/**
 * Writes an ONNX model, with its weights inside or in a file of their own. The memory it takes does
 * not grow with the size of the files. It writes `path.part` and renames it when all files are
 * complete; after a failure or an abort there are none. Throws `invalid-request` for a graph that
 * cannot be a file and `out-of-memory` for lack of disk space, both before the first byte, and
 * `not-found` for a missing folder.
 */
export async function writeOnnx({
  path,
  dataPath,
  shared = [],
  onProgress,
  signal,
  ...graph
}: WriteOnnxOptions): Promise<OnnxFiles> {
  assertGraph(graph)
  const large = graph.tensors.filter((tensor) => computeOnnxTensorSize(tensor) >= leastDataSize)
  const locations = new Map<OnnxTensor, TensorLocation>(findShared(large, shared, path))
  const ownedTensors =
    dataPath === undefined ? [] : large.filter((tensor) => !locations.has(tensor))
  const { placedTensors, size } = placeTensors(ownedTensors)
  if (dataPath !== undefined) {
    const location = toLocation(path, dataPath)
    for (const [tensor, offset] of placedTensors) locations.set(tensor, { path: location, offset })
  }

  const model = encodeModel(graph, {
    producer: '@nano/forge',
    locateTensor: (tensor) => locations.get(tensor),
  })
  if (model.size > largestModelSize)
    throw new NanoError(
      'invalid-request',
      `forge: the weights of ${path} take ${model.size} bytes, and one file holds ` +
        `${largestModelSize} at most. Give dataPath, a second file for the weights.`,
    )
  const files: FileToWrite[] = [
    ...(dataPath === undefined || ownedTensors.length === 0
      ? []
      : [{ path: dataPath, size, chunks: dataChunks(placedTensors) }]),
    { path, size: model.size, chunks: modelChunks(model.pieces) },
  ]
  const bytes = await writeFiles({ files, onProgress, signal })
  if (dataPath === undefined) return { bytes }
  const offsets = Object.fromEntries(
    placedTensors.map(([tensor, offset]) => [toKey(tensor), offset]),
  )
  return { bytes, data: { path: dataPath, offsets } }
}

/** Finds tensors that are in the data files of other models. */
function findShared(
  tensors: readonly OnnxTensor[],
  shared: readonly OnnxData[],
  path: string,
): readonly (readonly [OnnxTensor, TensorLocation])[] {
  return tensors.flatMap((tensor) => {
    const key = toKey(tensor)
    for (const data of shared) {
      const offset = data.offsets[key]
      if (offset !== undefined) return [[tensor, { path: toLocation(path, data.path), offset }]]
    }
    return []
  })
}

/** Has type and size beside the name, so that a tensor of another precision is not shared. */
function toKey(tensor: OnnxTensor): string {
  return `${tensor.name}:${tensor.type}:${computeOnnxTensorSize(tensor)}`
}

/** Makes a path relative to the model. Runtimes refuse weights outside the folder of the model. */
function toLocation(path: string, dataPath: string): string {
  const location = relative(dirname(resolve(path)), resolve(dataPath)).replaceAll('\\', '/')
  if (location.startsWith('..') || /^[A-Za-z]:/.test(location))
    throw new NanoError(
      'invalid-request',
      `forge: ${dataPath} is not in the folder of ${path}, ` +
        'and runtimes refuse weights from outside it. Give a path in that folder or below it.',
    )
  return location
}
