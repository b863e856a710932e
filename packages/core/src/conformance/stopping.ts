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
      const wholeReply = await model.generate(requestFor(model, longQuestion))
      for (const maxTokens of [1, 3]) {
        const cutReply = await model.generate(requestFor(model, longQuestion, { maxTokens }))
        const { output = Infinity } = cutReply.usage
        assertHolds(output <= maxTokens, `${output} output tokens for maxTokens ${maxTokens}`)
        const isCut =
          cutReply.text !== wholeReply.text || cutReply.reasoning !== wholeReply.reasoning
        if (isCut || (wholeReply.usage.output ?? Infinity) > maxTokens)
          assertHolds(
            cutReply.finishReason === 'length',
            `finished with ${cutReply.finishReason} at maxTokens ${maxTokens}`,
          )
      }
    },
  },
  {
    law: 'a shorter maxTokens gives the beginning of the same reply',
    async check(model) {
      const wholeReply = await model.generate(requestFor(model, longQuestion))
      for (const maxTokens of [2, 5, 9]) {
        const cutReply = await model.generate(requestFor(model, longQuestion, { maxTokens }))
        assertHolds(
          wholeReply.reasoning.startsWith(dropUncertainEnd(cutReply.reasoning)),
          `reasoning ${JSON.stringify(cutReply.reasoning)} ` +
            `does not begin ${JSON.stringify(wholeReply.reasoning)}`,
        )
        assertHolds(
          wholeReply.text.startsWith(dropUncertainEnd(cutReply.text)),
          `text ${JSON.stringify(cutReply.text)} does not begin ${JSON.stringify(wholeReply.text)}`,
        )
      }
    },
  },
  {
    law: 'a stop string never shows, even across increments, and ends the reply with stop',
    async check(model) {
      const text = await readAnswer(model)
      for (const stop of [text.slice(1, 2), text.slice(1, 4), text.slice(-2)].filter(Boolean)) {
        const stoppedReply = await model.generate(
          requestFor(model, question, { stop: ['\u0001never', stop] }),
        )
        assertHolds(
          !stoppedReply.text.includes(stop),
          `${JSON.stringify(stop)} shows in ${JSON.stringify(stoppedReply.text)}`,
        )
        assertHolds(
          text.startsWith(stoppedReply.text),
          `${JSON.stringify(stoppedReply.text)} does not begin ${JSON.stringify(text)}`,
        )
        if (text.includes(stop))
          assertHolds(
            stoppedReply.finishReason === 'stop',
            `finished with ${stoppedReply.finishReason}`,
          )
      }
    },
  },
  {
    law: 'a stop string that the reply does not contain changes nothing',
    async check(model) {
      const text = await readAnswer(model)
      // The last character and one more: held back until the end, and then given out.
      const stoppedReply = await model.generate(
        requestFor(model, question, { stop: [`${text.slice(-1)}\u0001never`, '\u0001never'] }),
      )
      assertHolds(
        stoppedReply.text === text,
        `${JSON.stringify(stoppedReply.text)} is not ${JSON.stringify(text)}`,
      )
    },
  },
]

async function readAnswer(model: Model): Promise<string> {
  return (await model.generate(requestFor(model, question))).text
}
