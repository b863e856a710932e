/** Element types that a graph here can have. */
export type OnnxType = 'float64' | 'float32' | 'float16' | 'uint8' | 'int32' | 'int64' | 'bool'

/** Their numbers in `TensorProto.DataType`, and bytes per element. */
export const onnxTypes: Readonly<
  Record<OnnxType, { readonly id: number; readonly bytes: number }>
> = {
  float32: { id: 1, bytes: 4 },
  uint8: { id: 2, bytes: 1 },
  int32: { id: 6, bytes: 4 },
  int64: { id: 7, bytes: 8 },
  bool: { id: 9, bytes: 1 },
  float16: { id: 10, bytes: 2 },
  float64: { id: 11, bytes: 8 },
}

/** Bytes that are made when they are written. */
export interface ByteSource {
  /** `fill` is given a multiple of this many bytes. */
  readonly unit: number
  /** Called once per file; what it gives fills array after array, in order. */
  readonly begin: () => (bytes: Uint8Array) => void
}

/** A constant of a graph. */
export interface OnnxTensor {
  readonly name: string
  readonly type: OnnxType
  /** The length of a row last; none for a scalar. */
  readonly dimensions: readonly number[]
  readonly bytes: Uint8Array | ByteSource
}

/** An input or output; a dimension that is a word is known only when the graph runs. */
export interface OnnxValue {
  readonly name: string
  readonly type: OnnxType
  readonly dimensions: readonly (number | string)[]
}

/** One operation. */
export interface OnnxNode {
  readonly operator: string
  /** Left out for ONNX's own operators. */
  readonly domain?: 'com.microsoft'
  /** By name; `''` for an optional one that is not given. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** A bare number is an integer. */
  readonly attributes?: Readonly<
    Record<string, number | { readonly float: number } | { readonly graph: OnnxContents }>
  >
}

/** What a file holds: `onnxTransformer` gives one, `writeOnnx` writes it. */
export interface OnnxContents {
  readonly name: string
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** Each after those whose outputs it uses. */
  readonly nodes: readonly OnnxNode[]
  readonly tensors: readonly OnnxTensor[]
}

/** Bytes of a tensor. */
export function onnxTensorSize({
  type,
  dimensions,
}: Pick<OnnxTensor, 'type' | 'dimensions'>): number {
  return dimensions.reduce((product, size) => product * size, onnxTypes[type].bytes)
}

/** A few whole numbers, such as a shape; no dimensions make a scalar. */
export function integers(
  name: string,
  values: readonly number[],
  dimensions: readonly number[] = [values.length],
): OnnxTensor {
  return {
    name,
    type: 'int64',
    dimensions,
    bytes: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
  }
}
