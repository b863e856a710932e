import { ask, certain, hold, type Law, question } from './law.ts'

const thinks = (can: { readonly reasoning: string }) => can.reasoning !== 'never'
/** Room for a marker, which counts, and some thought. */
const budget = 12
/**
 * What families write around thoughts, channels and turns; in code it may be what the answer is
 * about.
 */
const markers =
  /<\/?think>|\[\/?THINK\]|<\/?response>|<\|(?:channel|message|start|end|return|call|constrain|im_start|im_end|eot_id|start_header_id|end_header_id)\|>/
const on = { reasoning: 'on', maxTokens: 200 } as const

export const reasoning: readonly Law[] = [
  {
    law: 'reasoning off yields no reasoning',
    needs: (can) => can.reasoning === 'optional',
    async check(model) {
      const { reasoning } = await model.generate(ask(question, { reasoning: 'off' }))
      hold(reasoning === '', `it thought ${JSON.stringify(reasoning)}`)
    },
  },
  {
    law: 'turning reasoning on reaches the prompt or the reply',
    needs: (can) => can.reasoning === 'optional',
    async check(model) {
      const thought = (await model.generate(ask(question, on))).reasoning !== ''
      const prompts = model.capabilities.render
        ? [
            await model.render(ask(question, on)),
            await model.render(ask(question, { reasoning: 'off' })),
          ].map(({ text }) => text)
        : []
      hold(
        thought || prompts[0] !== prompts[1],
        'the prompt is the same with reasoning on and off, and there is no thought',
      )
    },
  },
  {
    law: 'markers of a thought or a turn never leak into the answer',
    async check(model) {
      const modes = model.capabilities.reasoning === 'never' ? [{}] : [on, {}]
      for (const mode of modes) {
        const { text } = await model.generate(ask(question, mode))
        const code = text.includes('`') || text.includes('~')
        hold(code || !markers.test(text), `text ${JSON.stringify(text)}`)
      }
    },
  },
  {
    law: 'a thought cut by maxTokens is reasoning, and the result says that it was cut',
    needs: thinks,
    async check(model) {
      const whole = await model.generate(ask(question, on))
      if (whole.reasoning.length < 8 || whole.finishReason !== 'stop') return
      const spent = whole.usage.reasoning ?? whole.usage.output ?? 0
      const cut = await model.generate(
        ask(question, { ...on, maxTokens: Math.max(1, Math.floor(spent / 2)) }),
      )
      hold(cut.finishReason === 'length', `finished with ${cut.finishReason}`)
      hold(cut.text === '', `text ${JSON.stringify(cut.text)} in the middle of a thought`)
      hold(cut.cut === 'reasoning' || cut.reasoning === '', `cut in ${cut.cut}`)
      hold(
        whole.reasoning.startsWith(certain(cut.reasoning)),
        `${JSON.stringify(cut.reasoning)} does not begin the thought`,
      )
    },
  },
  {
    law: 'a stop string never cuts reasoning',
    needs: thinks,
    async check(model) {
      const free = await model.generate(ask(question, on))
      const stop = free.reasoning.slice(1, 4)
      if (!stop) return
      const stopped = await model.generate(ask(question, { ...on, stop: [stop] }))
      hold(
        stopped.reasoning === free.reasoning,
        `${JSON.stringify(stopped.reasoning)} is not ${JSON.stringify(free.reasoning)}`,
      )
    },
  },
  {
    law: 'a reasoning budget bounds the thought, and the answer still comes',
    needs: (can) => can.reasoningBudget,
    async check(model) {
      const free = await model.generate(ask(question, on))
      hold(
        free.reasoning === '' || free.usage.reasoning !== undefined,
        'a thought that nobody counts cannot be held to a budget',
      )
      const spent = free.usage.reasoning ?? 0
      if (spent <= budget || free.finishReason !== 'stop') return
      const kept = await model.generate(ask(question, { ...on, reasoningBudget: budget }))
      hold(
        (kept.usage.reasoning ?? Infinity) <= budget,
        `${kept.usage.reasoning} reasoning tokens for a budget of ${budget}`,
      )
      hold(
        free.reasoning.startsWith(certain(kept.reasoning)),
        `${JSON.stringify(kept.reasoning)} does not begin ${JSON.stringify(free.reasoning)}`,
      )
      if (spent > 2 * budget)
        hold(
          kept.reasoning.length < free.reasoning.length,
          'the thought is as long as without a budget',
        )
      hold(
        (kept.usage.output ?? 0) > (kept.usage.reasoning ?? 0),
        'nothing was sampled after the thought was closed',
      )
      const ample = await model.generate(ask(question, { ...on, reasoningBudget: spent + 1 }))
      hold(
        ample.text === free.text && ample.reasoning === free.reasoning,
        'a budget that is not reached changes the reply',
      )
    },
  },
]
