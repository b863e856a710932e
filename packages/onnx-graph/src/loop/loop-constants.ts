import type { Graph } from '../graph/graph-builder.ts'
import { integers, type OnnxTensor } from '../graph/onnx-graph.ts'

/**
 * Names of vectors of one number that are the same at every step. They stand in the main graph,
 * where those within see them.
 */
export interface Constants {
  readonly integer: (value: number) => string
  readonly double: (value: number) => string
  readonly float: (value: number) => string
  /** Whether the likeliest token is chosen. */
  readonly greedy: string
  readonly penalised: string
  /** Whether top-k leaves something out. */
  readonly narrowed: string
  /** Whether top-p may. */
  readonly nucleus: string
}

/** Adds what a loop's inputs decide once for all steps. */
export function constants(main: Graph): Constants {
  const vector = (tensor: Pick<OnnxTensor, 'type' | 'name'>, values: Float64Array | Float32Array) =>
    main.tensor({ ...tensor, dimensions: [values.length], bytes: new Uint8Array(values.buffer) })
  const integer = (value: number) => main.tensor(integers(`loop/integer/${value}`, [value]))
  const double = (value: number) =>
    vector({ name: `loop/double/${value}`, type: 'float64' }, Float64Array.of(value))
  const float = (value: number) =>
    vector({ name: `loop/float/${value}`, type: 'float32' }, Float32Array.of(value))

  const is = (name: string, value: string) => main.add('Equal', { inputs: [name, value] })
  const isNot = (name: string, value: string) => main.add('Not', { inputs: [is(name, value)] })
  const some = (...conditions: readonly string[]) =>
    conditions.reduce((one, other) => main.add('Or', { inputs: [one, other] }))
  return {
    integer,
    double,
    float,
    greedy: some(is('temperature', double(0)), is('top_k', integer(1))),
    penalised: some(
      isNot('repetition_penalty', double(1)),
      isNot('presence_penalty', double(0)),
      isNot('frequency_penalty', double(0)),
    ),
    narrowed: main.add('Less', { inputs: ['top_k', 'vocabulary_size'] }),
    nucleus: main.add('Less', { inputs: ['top_p', double(1)] }),
  }
}
