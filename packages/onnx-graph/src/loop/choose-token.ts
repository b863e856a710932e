import { drawToken } from './draw-token.ts'
import { Graph } from '../graph/graph-builder.ts'
import type { Constants } from './loop-constants.ts'

interface Choice {
  /** `[vocabulary_size]`, float32. */
  readonly logits: string
  /** Tokens of the reply so far. */
  readonly sampled: string
  /** The index of the step, int64 `[]`. */
  readonly step: string
}

/**
 * Adds the choice of a token, int64 `[1]`: the one that the sampler of `@nano/chat` chooses, whose
 * order this follows. It is -1 where that cannot be told: where the highest logit is no number, or
 * rounding could decide a draw.
 */
export function chooseToken(
  graph: Graph,
  { logits, sampled, step }: Choice,
  constants: Constants,
): string {
  const { greedy, integer, float } = constants
  const scores = penalise(graph, { logits, sampled }, constants)
  const [highest, best] = ['loop/highest', 'loop/best']
  // ArgMax promises nothing about equals; TopK takes the lowest index.
  graph.add('TopK', {
    inputs: [scores, integer(1)],
    attributes: { axis: 0 },
    outputs: [highest, best],
  })
  const finite = graph.add('Less', {
    inputs: [graph.add('Abs', { inputs: [highest] }), float(Infinity)],
  })

  const likeliest = new Graph('loop/likeliest/')
  likeliest.give('Identity', [best])
  const [token = ''] = graph.either(greedy, [
    likeliest,
    drawToken({ scores, highest, step }, constants),
  ])
  return graph.add('Where', { inputs: [finite, token, integer(-1)] })
}

/** In 64 bits, and rounded to 32 at the end, as a sampler in JavaScript does. */
function penalise(
  graph: Graph,
  { logits, sampled }: Pick<Choice, 'logits' | 'sampled'>,
  { penalised, integer, double }: Constants,
): string {
  const some = graph.add('Greater', {
    inputs: [graph.add('Shape', { inputs: [sampled] }), integer(0)],
  })
  const changed = new Graph('loop/penalised/')
  const [tokens, counts] = ['loop/penalised/tokens', 'loop/penalised/counts']
  changed.add('Unique', { inputs: [sampled], outputs: [tokens, '', '', counts] })

  const before = changed.cast(
    changed.add('Gather', { inputs: [logits, tokens], attributes: { axis: 0 } }),
    'float64',
  )
  const less = changed.add('Div', { inputs: [before, 'repetition_penalty'] })
  const more = changed.add('Mul', { inputs: [before, 'repetition_penalty'] })
  const repeated = changed.add('Where', {
    inputs: [changed.add('Greater', { inputs: [before, double(0)] }), less, more],
  })
  const present = changed.add('Sub', { inputs: [repeated, 'presence_penalty'] })
  const frequent = changed.add('Sub', {
    inputs: [
      present,
      changed.add('Mul', { inputs: [changed.cast(counts, 'float64'), 'frequency_penalty'] }),
    ],
  })
  changed.give('ScatterElements', [logits, tokens, changed.cast(frequent, 'float32')], 'float32')

  const same = new Graph('loop/same/')
  same.give('Identity', [logits], 'float32')
  return graph.either(graph.add('And', { inputs: [penalised, some] }), [changed, same])[0] ?? ''
}
