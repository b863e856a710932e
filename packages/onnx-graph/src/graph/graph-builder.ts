import { onnxTypes, type OnnxTensor, type OnnxType } from '../tensor.ts'
import type { OnnxGraph, OnnxNode, OnnxValue } from './onnx-graph.ts'

/** Collects the parts of a graph, its nodes in the order in which they run. */
export class GraphBuilder {
  readonly #inputs: OnnxValue[] = []
  readonly #outputs: OnnxValue[] = []
  readonly #nodes: OnnxNode[] = []
  readonly #tensors = new Map<string, OnnxTensor>()
  readonly #prefix: string

  /** `prefix` begins the names that the builder makes, so that nested graphs share none. */
  constructor(prefix = '') {
    this.#prefix = prefix
  }

  addInput(name: string, type: OnnxType, dimensions: OnnxValue['dimensions']): string {
    this.#inputs.push({ name, type, dimensions })
    return name
  }

  addOutput(name: string, type: OnnxType, dimensions: OnnxValue['dimensions']): void {
    this.#outputs.push({ name, type, dimensions })
  }

  /** Adds a constant. A second tensor of the same name is taken for the same constant. */
  addTensor(tensor: OnnxTensor): string {
    if (!this.#tensors.has(tensor.name)) this.#tensors.set(tensor.name, tensor)
    return tensor.name
  }

  /** Adds an int64 constant, such as a shape. It is a scalar where `dimensions` is empty. */
  addIntegers(
    name: string,
    values: readonly number[],
    dimensions: readonly number[] = [values.length],
  ): string {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
    return this.addTensor({ name, type: 'int64', dimensions, bytes })
  }

  /** Adds a vector of one number, int64. */
  addInteger(value: number): string {
    return this.addIntegers(`${this.#prefix}integer/${value}`, [value])
  }

  /** Adds a vector of one number, float32. */
  addFloat(value: number): string {
    const name = `${this.#prefix}float/${value}`
    const bytes = new Uint8Array(Float32Array.of(value).buffer)
    return this.addTensor({ name, type: 'float32', dimensions: [1], bytes })
  }

  /** Adds a vector of one number, float64. */
  addDouble(value: number): string {
    const name = `${this.#prefix}double/${value}`
    const bytes = new Uint8Array(Float64Array.of(value).buffer)
    return this.addTensor({ name, type: 'float64', dimensions: [1], bytes })
  }

  /**
   * Adds a node and returns the name of its first output. Without `outputs` the node has one, which
   * the builder names.
   */
  addNode(
    operator: string,
    {
      inputs,
      domain,
      attributes,
      outputs = [`${this.#prefix}${operator}_${this.#nodes.length}`],
    }: Omit<OnnxNode, 'operator' | 'outputs'> & Partial<Pick<OnnxNode, 'outputs'>>,
  ): string {
    this.#nodes.push({
      operator,
      inputs,
      outputs,
      ...(domain && { domain }),
      ...(attributes && { attributes }),
    })
    return outputs.find((output) => output !== '') ?? ''
  }

  addCast(input: string, type: OnnxType): string {
    return this.addNode('Cast', { inputs: [input], attributes: { to: onnxTypes[type].id } })
  }

  /** Adds a node whose output, a vector, is an output of the graph. */
  addOutputNode(operator: string, inputs: readonly string[], type: OnnxType = 'int64'): void {
    const name = this.addNode(operator, { inputs })
    this.addOutput(name, type, [`${name}/length`])
  }

  /** Adds a choice between two graphs, of which only one runs. Returns the names of its outputs. */
  addIf(
    condition: string,
    { whenTrue, whenFalse }: { readonly whenTrue: GraphBuilder; readonly whenFalse: GraphBuilder },
  ): readonly string[] {
    const outputs = whenTrue.#outputs.map(({ name }) => `${name}/either`)
    this.addNode('If', {
      inputs: [condition],
      attributes: {
        then_branch: { graph: whenTrue.build('then') },
        else_branch: { graph: whenFalse.build('else') },
      },
      outputs,
    })
    return outputs
  }

  build(name: string): OnnxGraph {
    return {
      name,
      inputs: this.#inputs,
      outputs: this.#outputs,
      nodes: this.#nodes,
      tensors: [...this.#tensors.values()],
    }
  }
}
