import { expect, it } from 'vitest'
import { collectSecrets, removeSecrets } from '../../src/transport/secrets.ts'

const userText = 'My diary of yesterday says "nothing happened"\nand nobody must read it.'

it.each([
  ['whole', userText],
  ['in part', 'My diary of yesterday says'],
  ['escaped', JSON.stringify(userText)],
  ['escaped twice', JSON.stringify(JSON.stringify(userText))],
  ['cut in the middle', `${userText.slice(0, 30)}...${userText.slice(-25)}`],
])('a text of the request is removed where a server echoes it %s', (_, echo) => {
  const message = removeSecrets(
    `Invalid value (input_value='${echo}') for messages`,
    collectSecrets({ model: 'm', messages: [{ content: userText }] }),
  )
  expect(message).toMatch(/^Invalid value \(input_value='.*…/)
  expect(message).toContain('for messages')
  for (const secret of ['My diary', 'yesterday', 'nobody must'])
    expect(message).not.toContain(secret)
})

it('the own words of a server stay in its message', () => {
  const message = 'The model `qwen` does not exist.'
  expect(removeSecrets(message, collectSecrets({ messages: [{ content: userText }] }))).toBe(
    message,
  )
})
