import { type Message, Model } from '@nano/core'
import { expect, it } from 'vitest'
import { chat } from '../../src/engine/index.ts'
import { chatml } from '../../src/formats/chatml.ts'
import { llama3 } from '../../src/formats/llama-3.ts'
import { thinker } from '../support/parrot.ts'

const conversation: Message[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: ' hi ' },
  { role: 'assistant', content: 'hello', reasoning: 'not shown' },
  { role: 'user', content: 'bye' },
]
const text = async (format: typeof chatml, messages: readonly Message[]) =>
  (await new Model(chat(thinker(), format)).render({ messages })).text

it('Llama 3 trims, as its template does', async () => {
  expect(await text(llama3, conversation)).toBe(
    '<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>' +
      '<|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|>' +
      '<|start_header_id|>assistant<|end_header_id|>\n\nhello<|eot_id|><|start_header_id|>' +
      'user<|end_header_id|>\n\nbye<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n' +
      '\n',
  )
})
it('ChatML keeps white space', async () => {
  expect(await text(chatml, conversation)).toBe(
    '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n hi <|im_end|>\n' +
      '<|im_start|>assistant\nhello<|im_end|>\n<|im_start|>user\nbye<|im_end|>\n<|im_start|>' +
      'assistant\n',
  )
})
it('both go on with a reply', async () => {
  const continuedMessages: Message[] = [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'Well,', continue: true },
  ]
  expect(await text(llama3, continuedMessages)).toMatch(/assistant<\|end_header_id\|>\n\nWell,$/)
  expect(await text(chatml, continuedMessages)).toMatch(/<\|im_start\|>assistant\nWell,$/)
})
