import { ask, certain, hold, type Law, question } from './law.ts'

const thinks = (can: { readonly reasoning: string }) => can.reasoning !== 'never'
/** Room for a marker, which counts, and some thought. */
const budget = 12
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
        ? [await model.render(ask(question, on)), await model.render(ask(question, { reasoning: 'off' }))].map(({ text }) => text)
        : []
      hold(thought || prompts[0] !== prompts[1], 'the prompt is the same with reasoning on and off, and there is no thought')
    },
  },
  {
    law: 'markers of a thought never leak into the answer',
    needs: thinks,
    async check(model) {
      const { text } = await model.generate(ask(question, on))
      const code = text.includes('`') || text.includes('~')
      hold(code || !/<\/?think>/.test(text), `text ${JSON.stringify(text)}`)
    },
  },
  {
    law: 'a thought cut by maxTokens is reasoning, and the result says that it was cut',
    needs: thinks,
    async check(model) {
      const whole = await model.generate(ask(question, on))
      if (whole.reasoning.length < 8 || whole.finish !== 'stop') return
      const spent = whole.usage.reasoning ?? whole.usage.output ?? 0
      const cut = await model.generate(ask(question, { ...on, maxTokens: Math.max(1, Math.floor(spent / 2)) }))
      hold(cut.finish === 'length', `finished with ${cut.finish}`)
      hold(cut.text === '', `text ${JSON.stringify(cut.text)} in the middle of a thought`)
      hold(cut.cut === 'reasoning' || cut.reasoning === '', `cut in ${cut.cut}`)
      hold(whole.reasoning.startsWith(certain(cut.reasoning)), `${JSON.stringify(cut.reasoning)} does not begin the thought`)
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
      hold(stopped.reasoning === free.reasoning, `${JSON.stringify(stopped.reasoning)} is not ${JSON.stringify(free.reasoning)}`)
    },
  },
  {
    law: 'a reasoning budget bounds the thought, and the answer still comes',
    needs: (can) => can.reasoningBudget,
    async check(model) {
      const free = await model.generate(ask(question, on))
      const spent = free.usage.reasoning ?? 0
      if (spent <= budget || free.finish !== 'stop') return
      const kept = await model.generate(ask(question, { ...on, reasoningBudget: budget }))
      hold((kept.usage.reasoning ?? 0) <= budget, `${kept.usage.reasoning} reasoning tokens for a budget of ${budget}`)
      hold(free.reasoning.startsWith(certain(kept.reasoning)), `${JSON.stringify(kept.reasoning)} does not begin ${JSON.stringify(free.reasoning)}`)
      if (spent > 2 * budget) hold(kept.reasoning.length < free.reasoning.length, 'the thought is as long as without a budget')
      hold((kept.usage.output ?? 0) > (kept.usage.reasoning ?? 0), 'nothing was sampled after the thought was closed')
      const ample = await model.generate(ask(question, { ...on, reasoningBudget: spent + 1 }))
      hold(ample.text === free.text && ample.reasoning === free.reasoning, 'a budget that is not reached changes the reply')
    },
  },
]
