/** A tensor whose weights are read row by row. A vector has one row. */
export interface TensorRows {
  /** In ggml's order: the length of a row first, then how many rows. */
  readonly dimensions: readonly number[]
  /** Reads a row in full precision. The array may be the same each time. */
  readonly row: (index: number) => Float32Array
}

/** Finds the weights of a decoder by the name that a tensor has in a GGUF file. */
export type WeightLookup = (name: string) => TensorRows | undefined
