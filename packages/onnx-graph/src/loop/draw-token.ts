import { Graph } from '../graph/graph-builder.ts'
import type { Constants } from './loop-constants.ts'

/**
 * Part of the sum of weights by which a draw must be clear. No two exponential functions agree in
 * the last place, nor two sums in another order, but the sums of 300,000 weights are nearer to each
 * other than that.
 */
const margin = 1e-10

/** What is less likely than e to the power of it beside the best is seldom within top-p. */
const near = -12

interface Scores {
  readonly scores: string
  /** Of them, `[1]`. */
  readonly highest: string
}

/**
 * A token drawn with the chance of a step, from what top-k, top-p and min-p leave; -1 where that is
 * not clear.
 */
export function drawToken(
  { scores, highest, step }: Scores & { readonly step: string },
  constants: Constants,
): Graph {
  const graph = new Graph('loop/drawn/')
  const best = graph.cast(highest, 'float64')
  const chance = graph.add('Gather', { inputs: ['chances', step], attributes: { axis: 0 } })
  const cut = graph.add('Or', { inputs: [constants.narrowed, constants.nucleus] })
  const [token = ''] = graph.either(cut, [
    fromSome({ scores, highest: best, chance }, constants),
    fromAll({ scores, highest: best, chance }, constants),
  ])
  graph.give('Identity', [token])
  return graph
}

/** Of the best, equals in the order of their ids. */
function fromSome(
  { scores, highest, chance }: Scores & { readonly chance: string },
  constants: Constants,
): Graph {
  const graph = new Graph('loop/some/')
  const { integer, narrowed, nucleus } = constants
  const [length = '', mass = ''] = graph.either(narrowed, [
    asManyAsAsked(constants),
    asManyAsNeeded({ scores, highest }, constants),
  ])
  const [list, ids] = ['loop/some/values', 'loop/some/ids']
  graph.add('TopK', { inputs: [scores, length], attributes: { axis: 0 }, outputs: [list, ids] })

  const values = graph.cast(list, 'float64')
  const weights = graph.add('Exp', { inputs: [graph.add('Sub', { inputs: [values, highest] })] })
  const sums = graph.add('CumSum', { inputs: [weights, integer(0)] })
  const listed = graph.add('Gather', { inputs: [sums, integer(-1)], attributes: { axis: 0 } })
  const total = graph.add('Where', { inputs: [narrowed, listed, mass] })

  const wanted = graph.add('Mul', { inputs: ['top_p', total] })
  const uncut = graph.add('Not', { inputs: [nucleus] })
  const within = graph.add('Less', {
    inputs: [graph.add('Sub', { inputs: [sums, weights] }), wanted],
  })
  const enough = graph.add('And', {
    inputs: [
      graph.add('Greater', { inputs: [listed, wanted] }),
      isClear(graph, { sums, point: wanted, total }, constants),
    ],
  })

  const { at, clear } = draw(
    graph,
    { values, highest, chance, kept: graph.add('Or', { inputs: [within, uncut] }) },
    constants,
  )
  const both = graph.add('And', { inputs: [graph.add('Or', { inputs: [enough, uncut] }), clear] })
  graph.give('Where', [
    both,
    graph.add('Gather', { inputs: [ids, at], attributes: { axis: 0 } }),
    integer(-1),
  ])
  return graph
}

/** Top-k; what is left is weighed later. */
function asManyAsAsked({ double }: Constants): Graph {
  const graph = new Graph('loop/asked/')
  graph.give('Identity', ['top_k'])
  graph.give('Identity', [double(0)], 'float64')
  return graph
}

/**
 * How many to sort for top-p, and the weight of all. Sorting a whole vocabulary is slow, and what
 * is near the best is nearly always enough.
 */
function asManyAsNeeded({ scores, highest }: Scores, { double }: Constants): Graph {
  const graph = new Graph('loop/needed/')
  const relative = graph.add('Sub', { inputs: [graph.cast(scores, 'float64'), highest] })
  const weights = graph.add('Exp', { inputs: [relative] })
  const close = graph.add('Greater', { inputs: [relative, double(near)] })
  const sum = (values: string) => graph.add('ReduceSum', { inputs: [values] })
  const total = sum(weights)
  const held = sum(graph.add('Mul', { inputs: [weights, graph.cast(close, 'float64')] }))
  const enough = graph.add('Greater', {
    inputs: [held, graph.add('Mul', { inputs: [total, 'top_p'] })],
  })
  graph.give('Where', [enough, sum(graph.cast(close, 'int64')), 'vocabulary_size'])
  graph.give('Identity', [total], 'float64')
  return graph
}

/** In the order of their ids. */
function fromAll(
  { scores, highest, chance }: Scores & { readonly chance: string },
  constants: Constants,
): Graph {
  const graph = new Graph('loop/all/')
  const { at, clear } = draw(
    graph,
    { values: graph.cast(scores, 'float64'), highest, chance },
    constants,
  )
  graph.give('Where', [clear, at, constants.integer(-1)])
  return graph
}

interface Draw {
  readonly values: string
  readonly highest: string
  readonly chance: string
  /** Which of them may come, but for min-p. */
  readonly kept?: string
}

/** The index of a value drawn in proportion to its weight, and whether that is clear. */
function draw(
  graph: Graph,
  { values, highest, chance, kept }: Draw,
  constants: Constants,
): { readonly at: string; readonly clear: string } {
  const { integer } = constants
  const unlikely = graph.add('Less', {
    inputs: [values, graph.add('Add', { inputs: [highest, 'log_min_p'] })],
  })
  const likely = graph.add('Not', { inputs: [unlikely] })
  const may = graph.cast(
    kept === undefined ? likely : graph.add('And', { inputs: [likely, kept] }),
    'float64',
  )
  const scaled = graph.add('Div', {
    inputs: [graph.add('Sub', { inputs: [values, highest] }), 'temperature'],
  })
  const weights = graph.add('Mul', { inputs: [graph.add('Exp', { inputs: [scaled] }), may] })

  const sums = graph.add('CumSum', { inputs: [weights, integer(0)] })
  const total = graph.add('Gather', { inputs: [sums, integer(-1)], attributes: { axis: 0 } })
  const point = graph.add('Mul', { inputs: [chance, total] })
  const passed = graph.add('Not', { inputs: [graph.add('Greater', { inputs: [sums, point] })] })
  const index = graph.add('ReduceSum', { inputs: [graph.cast(passed, 'int64')] })
  const last = graph.add('Sub', { inputs: [graph.add('Shape', { inputs: [sums] }), integer(1)] })
  return {
    at: graph.add('Min', { inputs: [index, last] }),
    clear: isClear(graph, { sums, point, total }, constants),
  }
}

/**
 * Whether rounding could not have put a running sum on the other side of a point. False where they
 * are no numbers.
 */
function isClear(
  graph: Graph,
  { sums, point, total }: { readonly sums: string; readonly point: string; readonly total: string },
  { double }: Constants,
): string {
  const distance = graph.add('ReduceMin', {
    inputs: [graph.add('Abs', { inputs: [graph.add('Sub', { inputs: [sums, point] })] })],
  })
  return graph.add('Greater', {
    inputs: [distance, graph.add('Mul', { inputs: [total, double(margin)] })],
  })
}
