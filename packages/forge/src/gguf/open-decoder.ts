import { closeSync, openSync, readSync } from 'node:fs'
import { NanoError } from '@nano/core'
import type { Shape } from '../decoder/shape.ts'
import type { Vocabulary } from '../decoder/vocabulary.ts'
import type { TensorRows, WeightLookup } from '../decoder/weight-lookup.ts'
import { dequantizers } from '../tensors/dequantize.ts'
import { computeRowSize } from '../tensors/gguf-tensor.ts'
import { tensorTypes, type TensorType } from '../tensors/tensor-types.ts'
import { parseMetadata } from './parse-metadata.ts'

/** What node-llama-cpp's `readGgufFileInfo` says of a GGUF file, as far as it is needed here. */
export interface GgufInfo {
  /** Keys are nested at their dots. */
  readonly metadata: object
  readonly tensorInfo?: readonly TensorInfo[]
}

interface TensorInfo {
  readonly name: string
  readonly dimensions: readonly (number | bigint)[]
  readonly ggmlType: number
  readonly fileOffset: number | bigint
}

/** The decoder in an open GGUF file. */
export interface OpenDecoder {
  /** The shape has no rotary scaling, which the file has among the weights. */
  readonly shape: Shape
  readonly vocabulary: Vocabulary
  /** Reads weights from the file. Throws `unsupported` for a type that cannot be read. */
  readonly weights: WeightLookup
  readonly chatTemplate?: string
  /** Closes the file. No weights can be read afterwards. Call it once. */
  readonly close: () => void
}

/** Bytes read at once. */
const windowSize = 2 ** 20

/**
 * Opens the decoder in a GGUF file, to write it as ONNX. Throws `not-found` for a missing file,
 * `unsupported` for another graph than `llama` or `qwen3` or another tokenizer than Llama 3's, and
 * `bad-model` where the metadata lack a size.
 */
export function openDecoder(path: string, { metadata, tensorInfo = [] }: GgufInfo): OpenDecoder {
  const infos = new Map(tensorInfo.map((info) => [info.name, info]))
  const { shape, ...description } = parseMetadata(metadata)
  const file = openFile(path)
  return {
    ...description,
    shape: {
      ...shape,
      vocabularySize: Number(infos.get('token_embd.weight')?.dimensions[1] ?? 0),
      hasTiedEmbeddings: !infos.has('output.weight'),
    },
    weights: (name) => {
      const info = infos.get(name)
      return info && openTensor({ path, file, info })
    },
    close: () => closeSync(file),
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new NanoError(
      'not-found',
      `forge: ${path} cannot be read. Give the path of a GGUF file.`,
      { cause },
    )
  }
}

interface FileTensor {
  readonly path: string
  readonly file: number
  readonly info: TensorInfo
}

/** Opens a tensor. It reads several rows at once. */
function openTensor({ path, file, info }: FileTensor): TensorRows {
  const type = findReadableType(info)
  const dimensions = info.dimensions.map(Number)
  const [length = 0, rows = 1] = dimensions
  const size = computeRowSize({ dimensions, type })
  const rowsPerWindow = Math.max(1, Math.floor(windowSize / size))
  const values = new Float32Array(length)
  let window: Uint8Array | undefined
  let windowStart = -1
  return {
    dimensions,
    row: (index) => {
      const start = index - (index % rowsPerWindow)
      if (!window || start !== windowStart) {
        window = readBytes(path, file, {
          position: Number(info.fileOffset) + start * size,
          length: Math.min(rowsPerWindow, rows - start) * size,
        })
        windowStart = start
      }
      const bytes = window.subarray((index - start) * size, (index - start + 1) * size)
      dequantizers[type]?.(bytes, values)
      return values
    },
  }
}

function findReadableType({ name, ggmlType }: TensorInfo): TensorType {
  const readableTypes = Object.keys(dequantizers) as TensorType[]
  const type = readableTypes.find((type) => tensorTypes[type].id === ggmlType)
  if (!type)
    throw new NanoError(
      'unsupported',
      `forge: tensor ${name} has the type ${ggmlType}, which cannot be read. ` +
        `Give a file of ${readableTypes.join(', ')}.`,
    )
  return type
}

function readBytes(
  path: string,
  file: number,
  { position, length }: { readonly position: number; readonly length: number },
): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let count = 0; count < length;) {
    const readCount = readSync(file, bytes, count, length - count, position + count)
    if (readCount === 0)
      throw new NanoError(
        'bad-model',
        `forge: ${path} is cut short at byte ${position + count}. Copy it again.`,
      )
    count += readCount
  }
  return bytes
}
