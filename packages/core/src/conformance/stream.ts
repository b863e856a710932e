import { ask, hold, type Law, outcome, parts, question } from './law.ts'

export const stream: readonly Law[] = [
  {
    law: 'a stream has exactly one finish part, and it is last',
    async check(model) {
      const types = (await parts(model, ask(question))).map((part) => part.type)
      hold(
        types.filter((type) => type === 'finish').length === 1,
        `finish parts: ${types.join(' ')}`,
      )
      hold(types.at(-1) === 'finish', `the last part is ${types.at(-1)}`)
    },
  },
  {
    law: 'no increment is empty',
    async check(model) {
      for (const part of await parts(model, ask(question)))
        hold(!('text' in part) || part.text !== '', `an empty ${part.type} part`)
    },
  },
  {
    law: 'no increment holds half a character, whatever the model says',
    needs: ({ sampling }) => sampling.includes('temperature') && sampling.includes('seed'),
    async check(model) {
      const thinking = model.capabilities.reasoning === 'optional' && ({ reasoning: 'on' } as const)
      // Hot, so that a model sure of itself says bytes that are no text.
      for (const part of await parts(
        model,
        ask('naïve 日本語 🙂', {
          maxTokens: 200,
          sampling: { temperature: 8, seed: 5 },
          ...thinking,
        }),
      )) {
        hold(
          !('text' in part) || part.text.isWellFormed(),
          `${JSON.stringify(part)} holds half a surrogate pair`,
        )
      }
    },
  },
  {
    law: 'generate is the stream, folded',
    async check(model) {
      const streamed = await parts(model, ask(question))
      const { text, reasoning, finishReason } = await model.generate(ask(question))
      const joined = (type: 'text' | 'reasoning') =>
        streamed.map((part) => (part.type === type ? part.text : '')).join('')
      const last = streamed.at(-1)
      hold(
        text === joined('text'),
        `text ${JSON.stringify(text)}, streamed ${JSON.stringify(joined('text'))}`,
      )
      hold(
        reasoning === joined('reasoning'),
        `reasoning ${JSON.stringify(reasoning)}, streamed ${JSON.stringify(joined('reasoning'))}`,
      )
      hold(
        last?.type === 'finish' && last.finishReason === finishReason,
        `finished with ${finishReason}, streamed ${JSON.stringify(last)}`,
      )
    },
  },
  {
    law: 'a plain string stands for one user message',
    async check(model) {
      const { messages: _, ...rest } = ask(question)
      const [short, whole] = [
        outcome(await model.generate({ messages: question, ...rest })),
        outcome(await model.generate(ask(question))),
      ]
      hold(short === whole, `${short} is not ${whole}`)
    },
  },
  {
    law: 'the figures of a finish agree with each other',
    async check(model) {
      const { usage, timings } = await model.generate(ask(question))
      for (const [name, value] of [...Object.entries(usage), ...Object.entries(timings)])
        hold(value >= 0, `${name} is ${value}`)
      hold(
        (usage.cachedInput ?? 0) <= (usage.input ?? Infinity),
        `cached ${usage.cachedInput} of ${usage.input}`,
      )
      hold(
        (usage.reasoning ?? 0) <= (usage.output ?? Infinity),
        `reasoning ${usage.reasoning} of ${usage.output}`,
      )
      hold(usage.input !== 0 && usage.output !== 0, 'a count of 0: what is not known is absent')
      hold(
        (timings.firstPart ?? 0) <= (timings.firstText ?? Infinity),
        `first text at ${timings.firstText}, first part at ${timings.firstPart}`,
      )
      hold(
        (timings.firstText ?? 0) <= (timings.total ?? 0),
        `first text at ${timings.firstText} of ${timings.total}`,
      )
    },
  },
  {
    law: 'the message of a result can be appended to the history',
    async check(model) {
      const first = ask(question)
      const { message } = await model.generate(first)
      await model.generate({
        ...first,
        messages: [...first.messages, message, { role: 'user', content: question }],
      })
    },
  },
]
