import type { Model } from '../model.ts'
import type { Message } from '../message.ts'
import type { GenerateRequest } from '../request.ts'
import {
  requestFor,
  describeResult,
  assertHolds,
  assertErrorCode,
  type Law,
  needs,
  question,
  errorOf,
} from './law.ts'

const texts = [
  'plain words',
  '  white \n\n space\t',
  'naïve café — 日本語 🙂👩‍👩‍👧',
  '12345 + 67',
  '<|eot_id|><think></think>',
  '',
]

function conversation(model: Model): GenerateRequest {
  return requestFor(model, question, {
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: question },
      { role: 'assistant', content: '19' },
      { role: 'user', content: 'naïve café 🙂' },
    ],
    maxTokens: 1,
  })
}

export const tokens: readonly Law[] = [
  {
    law: 'detokenize undoes tokenize',
    skipReason: needs('tokenize is', ({ tokenize }) => tokenize),
    async check(model) {
      for (const text of texts) {
        const roundTripText = await model.detokenize(await model.tokenize(text))
        assertHolds(
          roundTripText === text,
          `${JSON.stringify(text)} came back as ${JSON.stringify(roundTripText)}`,
        )
      }
    },
  },
  {
    law: 'a token outside the vocabulary is an invalid request',
    skipReason: needs('tokenize is', ({ tokenize }) => tokenize),
    async check(model) {
      // The last one is 0 where 32 bits are kept of it.
      for (const token of [2 ** 31 - 1, 2 ** 32])
        assertErrorCode(
          await errorOf(model.detokenize([token])),
          'invalid-request',
          `token ${token}`,
        )
    },
  },
  {
    law: 'countTokens counts the input tokens that usage reports',
    skipReason: needs('countTokens is', ({ countTokens }) => countTokens),
    async check(model) {
      const requests = [
        requestFor(model, question, { maxTokens: 1 }),
        ...(model.capabilities.chat ? [conversation(model)] : []),
      ]
      for (const request of requests) {
        const promptCount = await model.countTokens(request)
        const { usage } = await model.generate(request)
        assertHolds(usage.input === promptCount, `counted ${promptCount}, used ${usage.input}`)
      }
    },
  },
  {
    law: 'usage counts every token of the text, and the end-of-turn token of a reply that stopped',
    skipReason: needs('tokenize is', ({ tokenize }) => tokenize),
    async check(model) {
      const { text, usage, finishReason } = await model.generate(requestFor(model, question))
      // A reply that ended by itself has an end-of-turn token beside its text.
      const minCount = (await model.tokenize(text)).length + (finishReason === 'stop' ? 1 : 0)
      assertHolds(
        (usage.output ?? minCount) >= minCount,
        `${usage.output} output tokens, finished with ${finishReason}, ` +
          `and at least ${minCount} expected`,
      )
    },
  },
  {
    law: 'render gives as many tokens as countTokens, and its text contains the messages',
    skipReason: needs(
      'chat, render and countTokens are',
      ({ chat, render, countTokens }) => chat && render && countTokens,
    ),
    async check(model) {
      const [{ text, tokens }, promptCount] = [
        await model.render(conversation(model)),
        await model.countTokens(conversation(model)),
      ]
      assertHolds(
        tokens.length === promptCount,
        `rendered ${tokens.length}, counted ${promptCount}`,
      )
      for (const content of ['Be brief.', question, '19', 'naïve café 🙂'])
        assertHolds(
          text.includes(content),
          `${JSON.stringify(content)} is not in ${JSON.stringify(text)}`,
        )
    },
  },
  {
    law: 'text from a user cannot write a control token',
    skipReason: needs(
      'chat, controlTokensApart, render and tokenize are',
      ({ chat, controlTokensApart, render, tokenize }) =>
        chat && controlTokensApart && render && tokenize,
    ),
    async check(model) {
      const { text, tokens, count } = await withControls(model)
      const attack = await model.render(requestFor(model, text))
      const { usage } = await model.generate(requestFor(model, text, { maxTokens: 1 }))
      assertHolds(
        usage.input === attack.tokens.length,
        `rendered ${attack.tokens.length} tokens, and read ${usage.input}`,
      )
      assertHolds(
        count(attack.tokens) === count(tokens),
        `a user who repeats the prompt makes ${count(attack.tokens)} control tokens ` +
          `of ${count(tokens)}`,
      )
    },
  },
  {
    law: 'text from the system, the assistant or a tool cannot write a control token',
    skipReason: needs(
      'chat, controlTokensApart, render and tokenize are',
      ({ chat, controlTokensApart, render, tokenize }) =>
        chat && controlTokensApart && render && tokenize,
    ),
    async check(model) {
      const { text, count } = await withControls(model)
      const [plain, attack] = [
        await model.render(requestFor(model, '', { messages: conversationSaying(model, 'a') })),
        await model.render(requestFor(model, '', { messages: conversationSaying(model, text) })),
      ]
      assertHolds(
        count(attack.tokens) === count(plain.tokens),
        `texts that repeat a prompt make ${count(attack.tokens)} control tokens ` +
          `of ${count(plain.tokens)}`,
      )
    },
  },
  {
    law: 'the prompt ends with the reply to continue, and the new text does not repeat it',
    skipReason: needs(
      'chat, continuation and render are',
      ({ chat, continuation, render }) => chat && continuation && render,
    ),
    async check(model) {
      const beginning = 'The answer is'
      const request = requestFor(model, question, {
        messages: [
          { role: 'user', content: question },
          { role: 'assistant', content: beginning, continue: true },
        ],
        maxTokens: 4,
      })
      const { text } = await model.render(request)
      assertHolds(
        text.endsWith(beginning),
        `the prompt ends with ${JSON.stringify(text.slice(-40))}`,
      )
      const reply = await model.generate(request)
      if (model.capabilities.countTokens)
        assertHolds(
          reply.usage.input === (await model.countTokens(request)),
          `the prompt of the continued reply has ${reply.usage.input} tokens`,
        )
      assertHolds(
        !reply.text.startsWith(beginning),
        `the reply ${describeResult(reply.text)} repeats its beginning`,
      )
    },
  },
]

/**
 * A prompt, and what counts control tokens: those of the prompt that its text, read as plain text,
 * does not have.
 */
async function withControls(model: Model): Promise<{
  readonly text: string
  readonly tokens: readonly number[]
  readonly count: (prompt: readonly number[]) => number
}> {
  const { text, tokens } = await model.render(requestFor(model, 'a'))
  const plainTokens = new Set(await model.tokenize(text))
  const controlTokens = new Set(tokens.filter((token) => !plainTokens.has(token)))
  assertHolds(
    controlTokens.size > 0,
    'no control token of the prompt can be told from text: tokenize reads them in plain text, ' +
      'or the format writes none',
  )
  return {
    text,
    tokens,
    count: (prompt) => prompt.filter((token) => controlTokens.has(token)).length,
  }
}

/** A conversation in which everyone but the user says `content`. */
function conversationSaying({ capabilities }: Model, content: string): Message[] {
  const called: Message[] = [
    {
      role: 'assistant',
      content,
      toolCalls: [{ id: 'c1', name: 'add', input: { a: content } }],
    },
    { role: 'tool', toolCallId: 'c1', output: content },
  ]
  return [
    { role: 'system', content },
    { role: 'user', content: 'a' },
    ...(capabilities.tools === 'never' ? [] : called),
    { role: 'assistant', content },
    { role: 'user', content: 'a' },
  ]
}
