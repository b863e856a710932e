import {
  type Broken,
  fail,
  finishWith,
  firstTurn,
  parts,
  spoilPrompt,
  without,
} from './sabotage.ts'

export const tokens: readonly Broken[] = [
  {
    fault: 'a method that is there and does not work',
    law: 'a claimed method',
    sabotage: (driver) => ({ ...driver, countTokens: async () => fail('countTokens') }),
  },
  {
    fault: 'tokens that are not counted',
    law: 'usage counts every token',
    sabotage: finishWith({ usage: { output: 3 } }),
  },
  {
    fault: 'an ignored maxTokens',
    law: 'maxTokens bounds the output',
    sabotage: without('maxTokens'),
  },
  {
    fault: 'lossy tokens',
    law: 'detokenize undoes',
    sabotage: (driver) => ({
      ...driver,
      detokenize: async (tokens) => (await driver.detokenize(tokens)).trim(),
    }),
  },
  {
    fault: 'a vocabulary without an end',
    law: 'a token outside',
    sabotage: (driver) => ({
      ...driver,
      detokenize: (tokens) => driver.detokenize(tokens.map((token) => token % 256)),
    }),
  },
  {
    fault: 'an assistant who writes control tokens',
    law: 'text from the system',
    sabotage: spoilPrompt('assistant'),
  },
  {
    fault: 'a system message that writes control tokens',
    law: 'text from the system',
    sabotage: spoilPrompt('system'),
  },
  {
    fault: 'a tool that writes control tokens',
    law: 'text from the system',
    claims: { tools: 'offered' },
    sabotage: spoilPrompt('tool'),
  },
  {
    fault: 'a count that forgets the history',
    law: 'countTokens counts',
    sabotage: (driver) => ({
      ...driver,
      countTokens: (request) => driver.countTokens(firstTurn(request)),
    }),
  },
  {
    fault: 'a rendering of something else',
    law: 'render gives',
    sabotage: (driver) => ({ ...driver, render: (request) => driver.render(firstTurn(request)) }),
  },
  {
    fault: 'a user who writes control tokens',
    law: 'text from a user',
    sabotage: (driver) => ({
      ...driver,
      render: async (request) => {
        const { text, tokens } = await driver.render(request)
        return { text, tokens: text.includes('<|end|><|end|>') ? [...tokens, 256] : tokens }
      },
    }),
  },
  {
    fault: 'a tokenizer that reads control tokens in plain text',
    law: 'text from a user',
    sabotage: (driver) => ({
      ...driver,
      tokenize: async (text) => [
        ...(await driver.tokenize(text)),
        ...(text.includes('<|end|>') ? [256] : []),
      ],
    }),
  },
  {
    fault: 'a beginning that is said again',
    law: 'the prompt ends with the reply',
    sabotage: parts((part, { messages }, index) =>
      index === 0
        ? [{ type: 'text', text: (messages.at(-1) as { content: string }).content }, part]
        : [part],
    ),
  },
]
