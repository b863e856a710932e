import type { Model } from '../model.ts'
import {
  requestFor,
  dropUncertainEnd,
  assertHolds,
  type Law,
  longQuestion,
  question,
} from './law.ts'

export const stopping: readonly Law[] = [
  {
    law: 'maxTokens bounds the output, and a reply that it ends finishes with length',
    async check(model) {
      const whole = await model.generate(requestFor(model, longQuestion))
      for (const maxTokens of [1, 3]) {
        const cut = await model.generate(requestFor(model, longQuestion, { maxTokens }))
        const { output = Infinity } = cut.usage
        assertHolds(output <= maxTokens, `${output} output tokens for maxTokens ${maxTokens}`)
        const isCut = cut.text !== whole.text || cut.reasoning !== whole.reasoning
        if (isCut || (whole.usage.output ?? Infinity) > maxTokens)
          assertHolds(
            cut.finishReason === 'length',
            `finished with ${cut.finishReason} at maxTokens ${maxTokens}`,
          )
      }
    },
  },
  {
    law: 'a shorter maxTokens gives the beginning of the same reply',
    async check(model) {
      const whole = await model.generate(requestFor(model, longQuestion))
      for (const maxTokens of [2, 5, 9]) {
        const cut = await model.generate(requestFor(model, longQuestion, { maxTokens }))
        assertHolds(
          whole.reasoning.startsWith(dropUncertainEnd(cut.reasoning)),
          `reasoning ${JSON.stringify(cut.reasoning)} ` +
            `does not begin ${JSON.stringify(whole.reasoning)}`,
        )
        assertHolds(
          whole.text.startsWith(dropUncertainEnd(cut.text)),
          `text ${JSON.stringify(cut.text)} does not begin ${JSON.stringify(whole.text)}`,
        )
      }
    },
  },
  {
    law: 'a stop string never shows, even across increments, and ends the reply with stop',
    async check(model) {
      const text = await answer(model)
      for (const stop of [text.slice(1, 2), text.slice(1, 4), text.slice(-2)].filter(Boolean)) {
        const stopped = await model.generate(
          requestFor(model, question, { stop: ['\u0001never', stop] }),
        )
        assertHolds(
          !stopped.text.includes(stop),
          `${JSON.stringify(stop)} shows in ${JSON.stringify(stopped.text)}`,
        )
        assertHolds(
          text.startsWith(stopped.text),
          `${JSON.stringify(stopped.text)} does not begin ${JSON.stringify(text)}`,
        )
        if (text.includes(stop))
          assertHolds(stopped.finishReason === 'stop', `finished with ${stopped.finishReason}`)
      }
    },
  },
  {
    law: 'a stop string that the reply does not contain changes nothing',
    async check(model) {
      const text = await answer(model)
      // The last character and one more: held back until the end, and then given out.
      const stopped = await model.generate(
        requestFor(model, question, { stop: [`${text.slice(-1)}\u0001never`, '\u0001never'] }),
      )
      assertHolds(
        stopped.text === text,
        `${JSON.stringify(stopped.text)} is not ${JSON.stringify(text)}`,
      )
    },
  },
]

async function answer(model: Model): Promise<string> {
  return (await model.generate(requestFor(model, question))).text
}
