/** An element type that the graphs of this package can have. */
export type OnnxType = 'float64' | 'float32' | 'float16' | 'uint8' | 'int32' | 'int64' | 'bool'

/** The number of each type in `TensorProto.DataType`, and its bytes per element. */
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

/** Produces the bytes of a tensor while the file is written. */
export interface ByteSource {
  /** Each call of the filling function receives a multiple of this many bytes. */
  readonly unit: number
  /** Called once per file. Returns a function that fills one array after another, in order. */
  readonly begin: () => (bytes: Uint8Array) => void
}

/** A constant of a graph. */
export interface OnnxTensor {
  readonly name: string
  readonly type: OnnxType
  /** The length of a row is the last dimension; a scalar has none. */
  readonly dimensions: readonly number[]
  readonly bytes: Uint8Array | ByteSource
}

/** Computes the bytes of a tensor. */
export function computeOnnxTensorSize({
  type,
  dimensions,
}: Pick<OnnxTensor, 'type' | 'dimensions'>): number {
  return dimensions.reduce((product, size) => product * size, onnxTypes[type].bytes)
}

/** Converts the bits of a float16 to a number. */
export function fromFloat16(bits: number): number {
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >>> 10) & 31, bits & 1_023]
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN
  return sign * (1_024 + fraction) * 2 ** (exponent - 25)
}
