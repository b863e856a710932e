import { expect, it } from 'vitest'
import { templateFormat } from '../../src/index.ts'

const controlTokens = ['<bos>', '<end>', '<user>', '<model>', '<|START_TEXT|>', '<|END_TEXT|>']

it.each<[what: string, reply: string, end: string | undefined]>([
  ['behind the reply', '<model>{{ message.content }}<end>', '<end>'],
  ['that begins the next question', '<model>{{ message.content }}', '<user>'],
  ['behind white space', '<model>{{ message.content }}\n<end>\n', '<end>'],
])('the token %s ends a turn', (_what, reply, end) => {
  const template =
    `<bos>{% for message in messages %}{% if message.role == 'user' %}<user>` +
    `{{ message.content }}{% else %}${reply}{% endif %}{% endfor %}`
  expect(templateFormat({ template, controlTokens }).turnEnds).toEqual(end && [end])
})

it('the token that ends an answer within its turn does not', () => {
  const template =
    "{% for message in messages %}{% if message.role == 'user' %}<user>{{ message.content }}" +
    '{% else %}<model>{% if message.reasoning %}<think>{{ message.reasoning }}</think>{% endif %}' +
    '<|START_TEXT|>{{ message.content }}<|END_TEXT|><end>{% endif %}{% endfor %}' +
    '{% if add_generation_prompt %}<model>{% endif %}'
  const format = templateFormat({ template, controlTokens })
  expect(format.turnEnds).toEqual(['<end>'])
  expect(format.reasoning?.answer).toEqual({ open: '<|START_TEXT|>', close: '<|END_TEXT|>' })
})

it('without control tokens, nothing is known to end a turn', () => {
  const template = '{% for message in messages %}{{ message.content }}<end>{% endfor %}'
  expect(templateFormat({ template, controlTokens: [] }).turnEnds).toBeUndefined()
})
