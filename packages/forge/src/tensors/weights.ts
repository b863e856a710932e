/** Where the weights of a tensor come from. */
export type Weights =
  /** Uniform, with mean zero and that standard deviation, from the seed and the tensor's name. */
  | { readonly type: 'random'; readonly seed: number; readonly deviation: number }
  | { readonly type: 'zeros' }
  /** All weights, row after row, in full precision. The writer rounds them to the tensor's type. */
  | { readonly type: 'values'; readonly values: Float32Array }
  /**
   * One row at a time, for weights that do not fit in memory. The writer calls `row` once per row,
   * in order. The array may be the same each time.
   */
  | { readonly type: 'rows'; readonly row: (index: number) => Float32Array }
