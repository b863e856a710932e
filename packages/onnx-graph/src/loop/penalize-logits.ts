import { GraphBuilder } from '../graph/graph-builder.ts'

interface Penalties {
  readonly main: GraphBuilder
  readonly step: GraphBuilder
  /** `[vocabulary_size]`, float32. */
  readonly logits: string
  /** The tokens of the reply so far. */
  readonly replyTokens: string
}

/**
 * Adds the penalties for tokens of the reply, and returns the name of the new logits. They are
 * computed in 64 bits and rounded to 32 at the end, as a sampler in JavaScript does.
 */
export function penalizeLogits({ main, step, logits, replyTokens }: Penalties): string {
  const hasTokens = step.addNode('Greater', {
    inputs: [step.addNode('Shape', { inputs: [replyTokens] }), main.addInteger(0)],
  })
  const unchanged = new GraphBuilder('loop/same/')
  unchanged.addOutputNode('Identity', [logits], 'float32')
  const [scores = ''] = step.addIf(step.addNode('And', { inputs: [hasPenalty(main), hasTokens] }), {
    whenTrue: penalties({ main, logits, replyTokens }),
    whenFalse: unchanged,
  })
  return scores
}

/** Adds whether one of the penalties is not neutral. */
function hasPenalty(main: GraphBuilder): string {
  const differs = (input: string, neutral: number) =>
    main.addNode('Not', {
      inputs: [main.addNode('Equal', { inputs: [input, main.addDouble(neutral)] })],
    })
  return [
    differs('repetition_penalty', 1),
    differs('presence_penalty', 0),
    differs('frequency_penalty', 0),
  ].reduce((left, right) => main.addNode('Or', { inputs: [left, right] }))
}

function penalties({ main, logits, replyTokens }: Omit<Penalties, 'step'>): GraphBuilder {
  const graph = new GraphBuilder('loop/penalized/')
  const [tokens, counts] = ['loop/penalized/tokens', 'loop/penalized/counts']
  graph.addNode('Unique', { inputs: [replyTokens], outputs: [tokens, '', '', counts] })

  const before = graph.addCast(
    graph.addNode('Gather', { inputs: [logits, tokens], attributes: { axis: 0 } }),
    'float64',
  )
  const divided = graph.addNode('Div', { inputs: [before, 'repetition_penalty'] })
  const multiplied = graph.addNode('Mul', { inputs: [before, 'repetition_penalty'] })
  const isPositive = graph.addNode('Greater', { inputs: [before, main.addDouble(0)] })
  const repeatedLogits = graph.addNode('Where', { inputs: [isPositive, divided, multiplied] })
  const present = graph.addNode('Sub', { inputs: [repeatedLogits, 'presence_penalty'] })
  const byCount = graph.addNode('Mul', {
    inputs: [graph.addCast(counts, 'float64'), 'frequency_penalty'],
  })
  const after = graph.addNode('Sub', { inputs: [present, byCount] })
  graph.addOutputNode(
    'ScatterElements',
    [logits, tokens, graph.addCast(after, 'float32')],
    'float32',
  )
  return graph
}
