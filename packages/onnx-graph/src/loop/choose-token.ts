import { GraphBuilder } from '../graph/graph-builder.ts'
import { addDrawConditions, drawToken } from './draw-token.ts'
import { penalizeLogits } from './penalize-logits.ts'

/** Where a token is chosen, and from what. */
interface TokenChoice {
  /** The graph around the loop, where what is the same at every step is computed. */
  readonly main: GraphBuilder
  /** The graph of a step. */
  readonly step: GraphBuilder
  /** `[vocabulary_size]`, float32. */
  readonly logits: string
  /** The tokens of the reply so far. */
  readonly replyTokens: string
  /** The index of the step, int64 `[]`. */
  readonly stepIndex: string
}

/**
 * Adds the choice of a token to the graph of a step and returns its name, int64 `[1]`. The token is
 * the one that the sampler of `@nano/chat` chooses from the same logits; the order of operations
 * follows it. The token is -1 where that choice cannot be reproduced: where the highest logit is
 * not a finite number, or where rounding could decide a draw.
 */
export function chooseToken({ main, step, logits, replyTokens, stepIndex }: TokenChoice): string {
  const conditions = addDrawConditions(main)
  const scores = penalizeLogits({ main, step, logits, replyTokens })
  const [highestScore, bestToken] = ['loop/highest', 'loop/best']
  // ArgMax does not say which of several equal scores it takes; TopK takes the lowest index.
  step.addNode('TopK', {
    inputs: [scores, main.addInteger(1)],
    attributes: { axis: 0 },
    outputs: [highestScore, bestToken],
  })
  const isFinite = step.addNode('Less', {
    inputs: [step.addNode('Abs', { inputs: [highestScore] }), main.addFloat(Infinity)],
  })

  const greedy = new GraphBuilder('loop/greedy/')
  greedy.addOutputNode('Identity', [bestToken])
  const [token = ''] = step.addIf(conditions.isGreedy, {
    whenTrue: greedy,
    whenFalse: drawToken({ scores, highestScore, stepIndex }, { main, ...conditions }),
  })
  return step.addNode('Where', { inputs: [isFinite, token, main.addInteger(-1)] })
}
