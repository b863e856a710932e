import { GraphBuilder } from '../graph/graph-builder.ts'

/**
 * A draw counts as certain when it is at least this part of the sum of weights away from a boundary
 * between two tokens. Exponential functions differ in the last place and sums in their order, but
 * the sums of 300,000 weights differ by less than that.
 */
const margin = 1e-10

/**
 * The log of a probability, relative to the highest one. A token below it is seldom within top-p.
 */
const lowestLogWeight = -12

/** Names of conditions that are the same at every step of a run. */
interface DrawConditions {
  /** Whether each step takes the likeliest token. */
  readonly isGreedy: string
  /** Whether top-k leaves tokens out. */
  readonly hasTopK: string
  /** Whether top-p can leave tokens out. */
  readonly hasTopP: string
}

/** The graph around the loop, and what it computes for all steps. */
interface LoopContext extends DrawConditions {
  readonly main: GraphBuilder
}

/** Adds what the settings of a run decide once for all of its steps. */
export function addDrawConditions(main: GraphBuilder): DrawConditions {
  return {
    isGreedy: main.addNode('Or', {
      inputs: [
        main.addNode('Equal', { inputs: ['temperature', main.addDouble(0)] }),
        main.addNode('Equal', { inputs: ['top_k', main.addInteger(1)] }),
      ],
    }),
    hasTopK: main.addNode('Less', { inputs: ['top_k', 'vocabulary_size'] }),
    hasTopP: main.addNode('Less', { inputs: ['top_p', main.addDouble(1)] }),
  }
}

interface Scores {
  /** `[vocabulary_size]`. */
  readonly scores: string
  /** `[1]`. */
  readonly highestScore: string
}

/** Scores, the highest one in float64, and a number in [0, 1) that decides the draw. */
type ScoresToDraw = Scores & { readonly chance: string }

/**
 * Builds a graph that draws a token from what top-k, top-p and min-p leave, by the chance of the
 * step. The token is -1 where rounding could decide the draw.
 */
export function drawToken(
  { scores, highestScore, stepIndex }: Scores & { readonly stepIndex: string },
  loopContext: LoopContext,
): GraphBuilder {
  const graph = new GraphBuilder('loop/drawn/')
  const scoresToDraw = {
    scores,
    highestScore: graph.addCast(highestScore, 'float64'),
    chance: graph.addNode('Gather', {
      inputs: ['chances', stepIndex],
      attributes: { axis: 0 },
    }),
  }
  const leavesTokensOut = graph.addNode('Or', {
    inputs: [loopContext.hasTopK, loopContext.hasTopP],
  })
  const [token = ''] = graph.addIf(leavesTokensOut, {
    whenTrue: drawFromBest(scoresToDraw, loopContext),
    whenFalse: drawFromAll(scoresToDraw, loopContext),
  })
  graph.addOutputNode('Identity', [token])
  return graph
}

/** Draws from the best tokens, the best first, equal ones in the order of their ids. */
function drawFromBest({ scores, highestScore, chance }: ScoresToDraw, loopContext: LoopContext) {
  const graph = new GraphBuilder('loop/some/')
  const { main, hasTopK, hasTopP } = loopContext
  const [count = '', totalOfAll = ''] = graph.addIf(hasTopK, {
    whenTrue: countByTopK(loopContext),
    whenFalse: countByTopP({ scores, highestScore }, loopContext),
  })
  const [bestScores, ids] = ['loop/some/values', 'loop/some/ids']
  graph.addNode('TopK', {
    inputs: [scores, count],
    attributes: { axis: 0 },
    outputs: [bestScores, ids],
  })

  const logits = graph.addCast(bestScores, 'float64')
  const weights = graph.addNode('Exp', {
    inputs: [graph.addNode('Sub', { inputs: [logits, highestScore] })],
  })
  const sums = graph.addNode('CumSum', { inputs: [weights, main.addInteger(0)] })
  const totalOfBest = graph.addNode('Gather', {
    inputs: [sums, main.addInteger(-1)],
    attributes: { axis: 0 },
  })
  const total = graph.addNode('Where', { inputs: [hasTopK, totalOfBest, totalOfAll] })

  const limit = graph.addNode('Mul', { inputs: ['top_p', total] })
  const hasNoTopP = graph.addNode('Not', { inputs: [hasTopP] })
  const isWithinLimit = graph.addNode('Less', {
    inputs: [graph.addNode('Sub', { inputs: [sums, weights] }), limit],
  })
  const reachesLimit = graph.addNode('And', {
    inputs: [
      graph.addNode('Greater', { inputs: [totalOfBest, limit] }),
      addCertainty(graph, { sums, point: limit, total }, loopContext),
    ],
  })

  const { index, isCertain } = drawIndex(
    graph,
    {
      logits,
      highestScore,
      chance,
      isCandidate: graph.addNode('Or', { inputs: [isWithinLimit, hasNoTopP] }),
    },
    loopContext,
  )
  const isKnown = graph.addNode('And', {
    inputs: [graph.addNode('Or', { inputs: [reachesLimit, hasNoTopP] }), isCertain],
  })
  const token = graph.addNode('Gather', { inputs: [ids, index], attributes: { axis: 0 } })
  graph.addOutputNode('Where', [isKnown, token, main.addInteger(-1)])
  return graph
}

/** Builds a graph that takes as many tokens as top-k says; their weight is summed up later. */
function countByTopK({ main }: LoopContext): GraphBuilder {
  const graph = new GraphBuilder('loop/top_k/')
  graph.addOutputNode('Identity', ['top_k'])
  graph.addOutputNode('Identity', [main.addDouble(0)], 'float64')
  return graph
}

/**
 * Builds a graph that counts the tokens to sort for top-p, and sums up the weights of all. Sorting
 * a whole vocabulary is slow, and the tokens near the best one are nearly always enough.
 */
function countByTopP({ scores, highestScore }: Scores, { main }: LoopContext): GraphBuilder {
  const graph = new GraphBuilder('loop/top_p/')
  const addSum = (values: string) => graph.addNode('ReduceSum', { inputs: [values] })
  const logWeights = graph.addNode('Sub', {
    inputs: [graph.addCast(scores, 'float64'), highestScore],
  })
  const weights = graph.addNode('Exp', { inputs: [logWeights] })
  const isNear = graph.addNode('Greater', { inputs: [logWeights, main.addDouble(lowestLogWeight)] })
  const total = addSum(weights)
  const totalOfNear = addSum(
    graph.addNode('Mul', { inputs: [weights, graph.addCast(isNear, 'float64')] }),
  )
  const isEnough = graph.addNode('Greater', {
    inputs: [totalOfNear, graph.addNode('Mul', { inputs: [total, 'top_p'] })],
  })
  const countOfNear = addSum(graph.addCast(isNear, 'int64'))
  graph.addOutputNode('Where', [isEnough, countOfNear, 'vocabulary_size'])
  graph.addOutputNode('Identity', [total], 'float64')
  return graph
}

/** Draws from all tokens, in the order of their ids. */
function drawFromAll({ scores, highestScore, chance }: ScoresToDraw, loopContext: LoopContext) {
  const graph = new GraphBuilder('loop/all/')
  const logits = graph.addCast(scores, 'float64')
  const { index, isCertain } = drawIndex(graph, { logits, highestScore, chance }, loopContext)
  graph.addOutputNode('Where', [isCertain, index, loopContext.main.addInteger(-1)])
  return graph
}

interface Draw {
  /** A vector, float64. */
  readonly logits: string
  readonly highestScore: string
  readonly chance: string
  /** Which of the tokens can be drawn, apart from min-p; all by default. */
  readonly isCandidate?: string
}

/** Adds the index of a token drawn in proportion to its weight, and whether that is certain. */
function drawIndex(
  graph: GraphBuilder,
  { logits, highestScore, chance, isCandidate }: Draw,
  loopContext: Pick<LoopContext, 'main'>,
): { readonly index: string; readonly isCertain: string } {
  const { main } = loopContext
  const isBelowMinP = graph.addNode('Less', {
    inputs: [logits, graph.addNode('Add', { inputs: [highestScore, 'log_min_p'] })],
  })
  const isLikely = graph.addNode('Not', { inputs: [isBelowMinP] })
  const isKept =
    isCandidate === undefined ? isLikely : graph.addNode('And', { inputs: [isLikely, isCandidate] })
  const scaledLogits = graph.addNode('Div', {
    inputs: [graph.addNode('Sub', { inputs: [logits, highestScore] }), 'temperature'],
  })
  const weights = graph.addNode('Mul', {
    inputs: [graph.addNode('Exp', { inputs: [scaledLogits] }), graph.addCast(isKept, 'float64')],
  })

  const sums = graph.addNode('CumSum', { inputs: [weights, main.addInteger(0)] })
  const total = graph.addNode('Gather', {
    inputs: [sums, main.addInteger(-1)],
    attributes: { axis: 0 },
  })
  const point = graph.addNode('Mul', { inputs: [chance, total] })
  const isPassed = graph.addNode('Not', {
    inputs: [graph.addNode('Greater', { inputs: [sums, point] })],
  })
  const countOfPassed = graph.addNode('ReduceSum', { inputs: [graph.addCast(isPassed, 'int64')] })
  const lastIndex = graph.addNode('Sub', {
    inputs: [graph.addNode('Shape', { inputs: [sums] }), main.addInteger(1)],
  })
  return {
    index: graph.addNode('Min', { inputs: [countOfPassed, lastIndex] }),
    isCertain: addCertainty(graph, { sums, point, total }, loopContext),
  }
}

/**
 * Adds whether every running sum is so far from a point that rounding could not have put it on the
 * other side. False where they are not numbers.
 */
function addCertainty(
  graph: GraphBuilder,
  { sums, point, total }: { readonly sums: string; readonly point: string; readonly total: string },
  { main }: Pick<LoopContext, 'main'>,
): string {
  const distances = graph.addNode('Abs', {
    inputs: [graph.addNode('Sub', { inputs: [sums, point] })],
  })
  return graph.addNode('Greater', {
    inputs: [
      graph.addNode('ReduceMin', { inputs: [distances] }),
      graph.addNode('Mul', { inputs: [total, main.addDouble(margin)] }),
    ],
  })
}
