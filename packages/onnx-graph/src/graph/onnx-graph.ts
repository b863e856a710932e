import type { OnnxTensor, OnnxType } from '../tensor.ts'

/** An input or output of a graph. A dimension that is a word is known only when the graph runs. */
export interface OnnxValue {
  readonly name: string
  readonly type: OnnxType
  readonly dimensions: readonly (number | string)[]
}

/** One operation of a graph. */
export interface OnnxNode {
  readonly operator: string
  /** Absent for ONNX's own operators. */
  readonly domain?: 'com.microsoft'
  /** Names of values; `''` stands for an optional input that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** A bare number is an integer. */
  readonly attributes?: Readonly<
    Record<string, number | { readonly float: number } | { readonly graph: OnnxGraph }>
  >
}

/** A graph as data: what a `GraphProto` holds. */
export interface OnnxGraph {
  readonly name: string
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** Each node stands after those whose outputs it uses. */
  readonly nodes: readonly OnnxNode[]
  readonly tensors: readonly OnnxTensor[]
}
