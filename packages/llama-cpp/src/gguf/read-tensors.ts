import type { ByteReader } from './byte-reader.ts'

/** A tensor, as the header of a file describes it. */
export interface HeaderTensor {
  readonly name: string
  /** In ggml's order: the length of a row first. */
  readonly dimensions: readonly number[]
  /** As ggml numbers its types; 0 is F32. */
  readonly type: number
}

/**
 * Reads the descriptions of `count` tensors, and checks that their data follow each other up to the
 * end of the file. The data begin at multiples of `alignment` bytes.
 */
export function readTensors(bytes: ByteReader, count: number, alignment: number): HeaderTensor[] {
  const align = (position: number) => Math.ceil(position / alignment) * alignment
  const tensors: HeaderTensor[] = []
  const ends: (readonly [name: string, end: number])[] = []
  /** Where the data of the next tensor begin; unknown after a tensor of an unknown type. */
  let nextOffset: number | undefined = 0

  for (let index = 0; index < count; index++) {
    const { name, dimensions, type, offset } = readTensor(bytes)
    const [blockLength, blockSize] = blocks[type] ?? [1, undefined]
    if (dimensions.includes(0) || (dimensions[0] ?? 1) % blockLength !== 0)
      throw bytes.fault(
        `the tensor ${name} has ${dimensions.join(' × ')} weights, in blocks of ${blockLength}`,
      )
    if (nextOffset !== undefined && offset !== nextOffset)
      throw bytes.fault(
        `the tensor ${name} begins at ${offset}, and the one before it ends at ${nextOffset}`,
      )
    const weights = dimensions.reduce((product, length) => product * length, 1)
    const end: number | undefined =
      blockSize === undefined ? undefined : offset + (weights / blockLength) * blockSize
    nextOffset = end === undefined ? undefined : align(end)
    ends.push([name, end ?? offset])
    tensors.push({ name, dimensions, type })
  }

  const dataStart = align(bytes.position())
  for (const [name, end] of ends)
    if (dataStart + end > bytes.size)
      throw bytes.fault(`the tensor ${name} ends at ${dataStart + end}, beyond the end of the file`)
  return tensors
}

/** The runtime knows more types than this one, or says that it does not. */
const typeLimit = 64

function readTensor(bytes: ByteReader): HeaderTensor & { readonly offset: number } {
  const name = bytes.text()
  const rank = bytes.uint32()
  if (rank > 4) throw bytes.fault(`the tensor ${name} has ${rank} dimensions`)
  const dimensions = Array.from({ length: rank }, () => bytes.uint64())
  const [type, offset] = [bytes.uint32(), bytes.uint64()]
  if (type >= typeLimit) throw bytes.fault(`the tensor ${name} has the unknown type ${type}`)
  return { name, dimensions, type, offset }
}

/**
 * Weights in a block, and bytes of a block, by the number of the type.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/ggml/src/ggml-common.h
 */
const blocks: Readonly<Record<number, readonly [weights: number, bytes: number]>> = {
  0: [1, 4],
  1: [1, 2],
  24: [1, 1],
  25: [1, 2],
  26: [1, 4],
  27: [1, 8],
  28: [1, 8],
  30: [1, 2],
  2: [32, 18],
  3: [32, 20],
  6: [32, 22],
  7: [32, 24],
  8: [32, 34],
  9: [32, 36],
  20: [32, 18],
  39: [32, 17],
  10: [256, 84],
  11: [256, 110],
  12: [256, 144],
  13: [256, 176],
  14: [256, 210],
  15: [256, 292],
  16: [256, 66],
  17: [256, 74],
  18: [256, 98],
  19: [256, 50],
  21: [256, 110],
  22: [256, 82],
  23: [256, 136],
  29: [256, 56],
  34: [256, 54],
  35: [256, 66],
}
