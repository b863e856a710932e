import {
  requestFor,
  dropUncertainEnd,
  assertHolds,
  describeOutcome,
  type Law,
  needs,
  needsChat,
  question,
} from './law.ts'

const thinks = (capabilities: { readonly reasoning: string }) => capabilities.reasoning !== 'never'
/** Room for a marker, which counts, and some thought. */
const budget = 12
/**
 * What families write around thoughts, channels and turns; in code it may be what the answer is
 * about.
 */
const markers = new RegExp(
  String.raw`</?think>|\[/?THINK\]|</?response>|<\|(?:channel|message|start|end|return|call|` +
    String.raw`constrain|im_start|im_end|eot_id|start_header_id|end_header_id)\|>`,
)
const withReasoning = { reasoning: 'on', maxTokens: 200 } as const

export const reasoning: readonly Law[] = [
  {
    law: 'reasoning is on by default where the model can reason',
    skipReason: needs('reasoning is', thinks),
    async check(model) {
      const { reasoning: _off, ...open } = requestFor(model, question, withReasoning)
      const [defaultReply, reasoningReply] = [
        describeOutcome(await model.generate(open)),
        describeOutcome(await model.generate({ ...open, reasoning: 'on' })),
      ]
      assertHolds(defaultReply === reasoningReply, `${defaultReply} is not ${reasoningReply}`)
    },
  },
  {
    law: 'reasoning off yields no reasoning',
    skipReason: needs('switching reasoning is', ({ reasoning }) => reasoning === 'optional'),
    async check(model) {
      const { reasoning } = await model.generate(requestFor(model, question, { reasoning: 'off' }))
      assertHolds(reasoning === '', `it thought ${JSON.stringify(reasoning)}`)
    },
  },
  {
    law: 'turning reasoning on changes the prompt, or the reply has a thought',
    skipReason: needs('switching reasoning is', ({ reasoning }) => reasoning === 'optional'),
    async check(model) {
      const hasThought =
        (await model.generate(requestFor(model, question, withReasoning))).reasoning !== ''
      const prompts = model.capabilities.render
        ? [
            await model.render(requestFor(model, question, withReasoning)),
            await model.render(requestFor(model, question, { reasoning: 'off' })),
          ].map(({ text }) => text)
        : []
      assertHolds(
        hasThought || prompts[0] !== prompts[1],
        'the prompt is the same with reasoning on and off, and there is no thought',
      )
    },
  },
  {
    law: 'markers of a thought or a turn never leak into the answer',
    skipReason: needsChat,
    async check(model) {
      const modes = model.capabilities.reasoning === 'never' ? [{}] : [withReasoning, {}]
      for (const mode of modes) {
        const { text } = await model.generate(requestFor(model, question, mode))
        const mayQuoteMarkers = text.includes('`') || text.includes('~')
        assertHolds(mayQuoteMarkers || !markers.test(text), `text ${JSON.stringify(text)}`)
      }
    },
  },
  {
    law: 'a thought cut by maxTokens is reasoning, and the result says that it was cut',
    skipReason: needs('reasoning is', thinks),
    async check(model) {
      const wholeReply = await model.generate(requestFor(model, question, withReasoning))
      if (wholeReply.reasoning.length < 8 || wholeReply.finishReason !== 'stop')
        return 'the thought is too short, or the reply too long, to be cut in the middle'
      const thoughtTokens = wholeReply.usage.reasoning ?? wholeReply.usage.output ?? 0
      const cutReply = await model.generate(
        requestFor(model, question, {
          ...withReasoning,
          maxTokens: Math.max(1, Math.floor(thoughtTokens / 2)),
        }),
      )
      assertHolds(cutReply.finishReason === 'length', `finished with ${cutReply.finishReason}`)
      assertHolds(
        cutReply.text === '',
        `text ${JSON.stringify(cutReply.text)} in the middle of a thought`,
      )
      assertHolds(
        cutReply.cut === 'reasoning' || cutReply.reasoning === '',
        `cut in ${cutReply.cut}`,
      )
      assertHolds(
        wholeReply.reasoning.startsWith(dropUncertainEnd(cutReply.reasoning)),
        `${JSON.stringify(cutReply.reasoning)} does not begin the thought`,
      )
    },
  },
  {
    law: 'a stop string never cuts reasoning',
    skipReason: needs('reasoning is', thinks),
    async check(model) {
      const freeReply = await model.generate(requestFor(model, question, withReasoning))
      const stop = freeReply.reasoning.slice(1, 4)
      if (!stop) return 'the model did not think'
      const stoppedReply = await model.generate(
        requestFor(model, question, { ...withReasoning, stop: [stop] }),
      )
      assertHolds(
        stoppedReply.reasoning === freeReply.reasoning,
        `${JSON.stringify(stoppedReply.reasoning)} is not ${JSON.stringify(freeReply.reasoning)}`,
      )
    },
  },
  {
    law: 'a reasoning budget bounds the thought, and the answer still comes',
    skipReason: needs('reasoningBudget is', ({ reasoningBudget }) => reasoningBudget),
    async check(model) {
      const freeReply = await model.generate(requestFor(model, question, withReasoning))
      assertHolds(
        freeReply.reasoning === '' || freeReply.usage.reasoning !== undefined,
        'a thought that nobody counts cannot be held to a budget',
      )
      const thoughtTokens = freeReply.usage.reasoning ?? 0
      if (thoughtTokens <= budget || freeReply.finishReason !== 'stop')
        return 'the thought is shorter than the budget, or the reply longer than its limit'
      const budgetedReply = await model.generate(
        requestFor(model, question, { ...withReasoning, reasoningBudget: budget }),
      )
      assertHolds(
        (budgetedReply.usage.reasoning ?? Infinity) <= budget,
        `${budgetedReply.usage.reasoning} reasoning tokens for a budget of ${budget}`,
      )
      assertHolds(
        freeReply.reasoning.startsWith(dropUncertainEnd(budgetedReply.reasoning)),
        `${JSON.stringify(budgetedReply.reasoning)} does not begin ` +
          JSON.stringify(freeReply.reasoning),
      )
      if (thoughtTokens > 2 * budget)
        assertHolds(
          budgetedReply.reasoning.length < freeReply.reasoning.length,
          'the thought is as long as without a budget',
        )
      assertHolds(
        budgetedReply.cut === 'budget',
        `the budget ended the thought, and the result says ${String(budgetedReply.cut)}`,
      )
      assertHolds(
        (budgetedReply.usage.output ?? 0) > (budgetedReply.usage.reasoning ?? 0),
        'nothing was sampled after the thought was closed',
      )
      const ampleReply = await model.generate(
        requestFor(model, question, { ...withReasoning, reasoningBudget: thoughtTokens + 1 }),
      )
      assertHolds(
        ampleReply.text === freeReply.text && ampleReply.reasoning === freeReply.reasoning,
        'a budget that is not reached changes the reply',
      )
    },
  },
]
