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
  const unchangedLogits = new GraphBuilder('loop/same/')
  unchangedLogits.addOutputNode('Identity', [logits], 'float32')
  const [scores = ''] = step.addIf(step.addNode('And', { inputs: [hasPenalty(main), hasTokens] }), {
    whenTrue: buildPenalties({ main, logits, replyTokens }),
    whenFalse: unchangedLogits,
  })
  return scores
}

/** Adds whether one of the penalties is not neutral. */
function hasPenalty(main: GraphBuilder): string {
  const addInequality = (input: string, neutral: number) =>
    main.addNode('Not', {
      inputs: [main.addNode('Equal', { inputs: [input, main.addDouble(neutral)] })],
    })
  return [
    addInequality('repetition_penalty', 1),
    addInequality('presence_penalty', 0),
    addInequality('frequency_penalty', 0),
  ].reduce((left, right) => main.addNode('Or', { inputs: [left, right] }))
}

function buildPenalties({ main, logits, replyTokens }: Omit<Penalties, 'step'>): GraphBuilder {
  const graph = new GraphBuilder('loop/penalized/')
  const [tokens, counts] = ['loop/penalized/tokens', 'loop/penalized/counts']
  graph.addNode('Unique', { inputs: [replyTokens], outputs: [tokens, '', '', counts] })

  const oldLogits = graph.addCast(
    graph.addNode('Gather', { inputs: [logits, tokens], attributes: { axis: 0 } }),
    'float64',
  )
  const dividedLogits = graph.addNode('Div', { inputs: [oldLogits, 'repetition_penalty'] })
  const multipliedLogits = graph.addNode('Mul', { inputs: [oldLogits, 'repetition_penalty'] })
  const isPositive = graph.addNode('Greater', { inputs: [oldLogits, main.addDouble(0)] })
  const repeatedLogits = graph.addNode('Where', {
    inputs: [isPositive, dividedLogits, multipliedLogits],
  })
  const presenceLogits = graph.addNode('Sub', { inputs: [repeatedLogits, 'presence_penalty'] })
  const frequencyPenalty = graph.addNode('Mul', {
    inputs: [graph.addCast(counts, 'float64'), 'frequency_penalty'],
  })
  const newLogits = graph.addNode('Sub', { inputs: [presenceLogits, frequencyPenalty] })
  graph.addOutputNode(
    'ScatterElements',
    [logits, tokens, graph.addCast(newLogits, 'float32')],
    'float32',
  )
  return graph
}
