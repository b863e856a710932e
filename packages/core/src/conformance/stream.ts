import { finishReasons } from '../part.ts'
import {
  requestFor,
  assertHolds,
  type Law,
  needs,
  needsChat,
  describeOutcome,
  collectParts,
  question,
} from './law.ts'

export const stream: readonly Law[] = [
  {
    law: 'a finish part has a reason of the contract, and a raw reason is a string',
    async check(model) {
      const { finishReason, rawFinishReason = 'raw' } = await model.generate(
        requestFor(model, question),
      )
      assertHolds(finishReasons.includes(finishReason), `the reason ${String(finishReason)}`)
      assertHolds(
        typeof rawFinishReason === 'string' && rawFinishReason !== '',
        `the raw reason ${String(rawFinishReason)}`,
      )
    },
  },
  {
    law: 'the usage of a whole reply says how many tokens were sampled',
    async check(model) {
      const { usage } = await model.generate(requestFor(model, question))
      assertHolds(usage.output !== undefined, `the usage is ${JSON.stringify(usage)}`)
    },
  },
  {
    law: 'a stream has exactly one finish part, and it is last',
    async check(model) {
      const types = (await collectParts(model, requestFor(model, question))).map(
        (part) => part.type,
      )
      assertHolds(
        types.filter((type) => type === 'finish').length === 1,
        `finish parts: ${types.join(' ')}`,
      )
      assertHolds(types.at(-1) === 'finish', `the last part is ${types.at(-1)}`)
    },
  },
  {
    law: 'no increment is empty',
    async check(model) {
      for (const part of await collectParts(model, requestFor(model, question)))
        assertHolds(!('text' in part) || part.text !== '', `an empty ${part.type} part`)
    },
  },
  {
    law: 'no increment holds half a character, whatever the model says',
    skipReason: needs(
      'temperature and seed are',
      ({ sampling }) => sampling.includes('temperature') && sampling.includes('seed'),
    ),
    async check(model) {
      const reasoningField =
        model.capabilities.reasoning === 'optional' && ({ reasoning: 'on' } as const)
      // Hot, so that a model sure of itself says bytes that are no text.
      for (const part of await collectParts(
        model,
        requestFor(model, 'naïve 日本語 🙂', {
          maxTokens: 200,
          sampling: { temperature: 2, seed: 5 },
          ...reasoningField,
        }),
      )) {
        assertHolds(
          !('text' in part) || part.text.isWellFormed(),
          `${JSON.stringify(part)} holds half a surrogate pair`,
        )
      }
    },
  },
  {
    law: 'generate gives the same reply as the stream',
    async check(model) {
      const parts = await collectParts(model, requestFor(model, question))
      const { text, reasoning, finishReason } = await model.generate(requestFor(model, question))
      const textOf = (type: 'text' | 'reasoning') =>
        parts.map((part) => (part.type === type ? part.text : '')).join('')
      const last = parts.at(-1)
      assertHolds(
        text === textOf('text'),
        `text ${JSON.stringify(text)}, streamed ${JSON.stringify(textOf('text'))}`,
      )
      assertHolds(
        reasoning === textOf('reasoning'),
        `reasoning ${JSON.stringify(reasoning)}, streamed ${JSON.stringify(textOf('reasoning'))}`,
      )
      assertHolds(
        last?.type === 'finish' && last.finishReason === finishReason,
        `finished with ${finishReason}, streamed ${JSON.stringify(last)}`,
      )
    },
  },
  {
    law: 'a plain string stands for one user message',
    skipReason: needsChat,
    async check(model) {
      const { messages: _, ...fields } = requestFor(model, question)
      const [short, whole] = [
        describeOutcome(await model.generate({ messages: question, ...fields })),
        describeOutcome(await model.generate(requestFor(model, question))),
      ]
      assertHolds(short === whole, `${short} is not ${whole}`)
    },
  },
  {
    law: 'the token counts and times of a finish part agree with each other',
    async check(model) {
      const { usage, timings } = await model.generate(requestFor(model, question))
      for (const [name, value] of [...Object.entries(usage), ...Object.entries(timings)])
        assertHolds(value >= 0, `${name} is ${value}`)
      assertHolds(
        (usage.cachedInput ?? 0) <= (usage.input ?? Infinity),
        `cached ${usage.cachedInput} of ${usage.input}`,
      )
      assertHolds(
        (usage.reasoning ?? 0) <= (usage.output ?? Infinity),
        `reasoning ${usage.reasoning} of ${usage.output}`,
      )
      assertHolds(
        usage.input !== 0 && usage.output !== 0,
        'a count of 0: what is not known is absent',
      )
      assertHolds(
        (timings.firstPart ?? 0) <= (timings.firstText ?? Infinity),
        `first text at ${timings.firstText}, first part at ${timings.firstPart}`,
      )
      assertHolds(
        (timings.firstText ?? 0) <= (timings.total ?? 0),
        `first text at ${timings.firstText} of ${timings.total}`,
      )
    },
  },
  {
    law: 'the message of a result can be appended to the history',
    skipReason: needsChat,
    async check(model) {
      const first = requestFor(model, question)
      const { message } = await model.generate(first)
      await model.generate({
        ...first,
        messages: [...first.messages, message, { role: 'user', content: question }],
      })
    },
  },
]
