import { expect, it } from 'vitest'
import { templateFormat } from '../../src/index.ts'

/** A template that ends a prompt in one of two ways. */
const write = (condition: string, system = '') =>
  `${system}{% for message in messages %}[{{ message.role }}]{{ message.content }}{% endfor %}` +
  `[assistant]{% if ${condition} %}{{ '<think>' }}{% else %}{{ '<think></think>' }}{% endif %}`

it.each<[what: string, template: string, learnedSwitch: object | undefined]>([
  [
    'a variable that is true for on',
    write('enable_thinking is not defined or enable_thinking'),
    { name: 'enable_thinking', on: true, off: false, templateDefault: 'on' },
  ],
  [
    'a variable that is off by itself',
    write('thinking is defined and thinking'),
    { name: 'thinking', on: true, off: false, templateDefault: 'off' },
  ],
  [
    'a variable that is true for off',
    write('not skip_thinking'),
    { name: 'skip_thinking', on: false, off: true, templateDefault: 'on' },
  ],
  [
    'an effort that can be none',
    write("reasoning_effort != 'none'"),
    { name: 'reasoning_effort', on: 'high', off: 'none', templateDefault: 'on' },
  ],
  [
    'an effort with a word of its own for none',
    `{% if reasoning_effort is defined and reasoning_effort not in ['no_think', 'high'] %}` +
      `{{ raise_exception('no such effort') }}{% endif %}${write("reasoning_effort == 'high'")}`,
    { name: 'reasoning_effort', on: 'high', off: 'no_think', templateDefault: 'off' },
  ],
  [
    'a budget that can be 0',
    `{% if (thinking_budget or 0) > 0 %}Think in {{ thinking_budget }} tokens.{% endif %}` +
      write('thinking_budget != 0'),
    { name: 'thinking_budget', on: -1, off: 0, templateDefault: 'on' },
  ],
  [
    'no effort that is only printed',
    write('true', "Reasoning effort on: {{ reasoning_effort | default('medium') }}\n"),
    undefined,
  ],
  ['no variable that is printed', `{{ thinking_language }}${write('true')}`, undefined],
  [
    'no variable that keeps past thoughts',
    `{% if preserve_thinking %}KEEP{% endif %}${write('true')}`,
    undefined,
  ],
  [
    'no effort that only adds a sentence',
    `{% if reasoning_effort == 'high' %}Think hard.{% endif %}${write('true')}`,
    undefined,
  ],
  [
    'no depth of thinking',
    `{% if thinking == 'deep' %}Think deeply.{% endif %}${write('true')}`,
    undefined,
  ],
  [
    'a variable whose name says what it does',
    `{% if enable_thinking %}Write your thoughts.{% endif %}${write('true')}`,
    { name: 'enable_thinking', on: true, off: false, templateDefault: 'off' },
  ],
  [
    'a line of the system message',
    write("'/no_think' not in messages[0].content"),
    { by: 'system-line', on: '/think', off: '/no_think' },
  ],
  ['nothing where nothing switches', write('true'), undefined],
])('a template shows %s', (_what, template, learnedSwitch) => {
  const { reasoning } = templateFormat({ template, controlTokens: [] })
  expect(reasoning?.canTurnOff).toBe(learnedSwitch !== undefined)
  if (learnedSwitch) expect(reasoning?.switch).toMatchObject(learnedSwitch)
})

it.each([
  ['names none', 'Think.', '<think>', '</think>'],
  [
    'names sentences',
    "Write 'Here is my thought process:', then 'Here is my response:'.",
    'Here is my thought process:',
    'Here is my response:',
  ],
])('a template that switches reasoning and %s shows marks', (_what, order, open, close) => {
  const switched = `{% if thinking %}${order}{% endif %}{{ messages[0].content }}`
  const { reasoning } = templateFormat({ template: switched, controlTokens: [] })
  expect(reasoning).toMatchObject({ open, close, canTurnOff: true })
  const unswitched = '{{ messages[0].content }}'
  expect(templateFormat({ template: unswitched, controlTokens: [] }).reasoning).toBeUndefined()
})

it('a line of the system message turns reasoning off', () => {
  const template = write("'/no_think' not in messages[0].content")
  const { render } = templateFormat({ template, controlTokens: [] })
  const text = (reasoning: 'on' | 'off') =>
    render({ messages: [{ role: 'user', content: 'hi' }], reasoning, tools: [] })
      .map((segment) => Object.values(segment).join(''))
      .join('')
  expect(text('on')).toBe('[user]hi[assistant]<think>')
  expect(text('off')).toBe('[system]/no_think[user]hi[assistant]<think></think>')
})

it('few of very many variables are tried, the best known first', () => {
  const otherVariables = Array.from({ length: 3_000 }, (_, index) => `{{ think${index} }}`).join('')
  const start = process.cpuUsage()
  const { reasoning } = templateFormat({
    template: otherVariables + write('enable_thinking'),
    controlTokens: [],
  })
  expect(reasoning?.switch).toMatchObject({ name: 'enable_thinking', on: true, off: false })
  const { reasoning: without } = templateFormat({
    template: otherVariables + write('true'),
    controlTokens: [],
  })
  expect(without?.switch).toBeUndefined()
  expect(process.cpuUsage(start).user).toBeLessThan(1_000_000)
})
