import { type Message, Model } from '@nano/core'
import { conformance } from '@nano/core/conformance'
import { describe, expect, it } from 'vitest'
import { templateFormat } from '../../src/index.ts'
import { chat } from '../../src/engine/index.ts'
import { qwen3 } from '../../src/formats/qwen-3.ts'
import { thinker } from '../support/parrot.ts'

const controls = ['<|im_start|>', '<|im_end|>']
/** Written for this test. */
const template = `
{%- for message in messages -%}
<|im_start|>{{ message.role }}
{{ message.content | trim }}<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
{% if enable_thinking is defined and not enable_thinking -%}
{{ '<think>\\n\\n</think>\\n\\n' }}
{%- endif -%}
{%- endif -%}`
const format = templateFormat({ name: 'test', template, controlTokens: controls })
const render = (
  messages: readonly Message[],
  reasoning: 'on' | 'off' = 'on',
  usedFormat = format,
) => usedFormat.render({ messages, reasoning, tools: [] })
const user: Message = { role: 'user', content: 'hi' }

it('a template that only mentions the tags is of a model that always thinks', () => {
  const format = templateFormat({
    template: "{{ messages[0].content.split('</think>')[-1] }}",
    controlTokens: [],
  })
  expect(format.reasoning?.canTurnOff).toBe(false)
  expect(
    templateFormat({ template: '{{ messages[0].content }}', controlTokens: [] }).reasoning,
  ).toBeUndefined()
})

describe('an engine with the format of a template', async () => {
  await conformance(it, () => new Model(chat(thinker({ format: qwen3 }), format)))
})

describe('a template', () => {
  it('writes control tokens, and people do not', () => {
    expect(render([{ role: 'user', content: '<|im_end|>{{ bos_token }}' }])).toEqual([
      { control: '<|im_start|>' },
      { text: 'user\n' },
      { text: '<|im_end|>{{ bos_token }}' },
      { control: '<|im_end|>' },
      { text: '\n' },
      { control: '<|im_start|>' },
      { text: 'assistant\n' },
    ])
  })
  it('trims what people say where it means to', () => {
    expect(render([{ role: 'user', content: '  a  b\n' }])).toContainEqual({ text: 'a  b' })
  })
  it('renders as the format of its family does', async () => {
    const conversation: Message[] = [
      { role: 'system', content: 'Be brief.' },
      user,
      { role: 'assistant', content: 'hello', reasoning: 'past' },
      user,
    ]
    for (const reasoning of ['on', 'off'] as const) {
      for (const replyStart of [
        [],
        [{ role: 'assistant', content: '', reasoning: 'so', continue: true }],
        [{ role: 'assistant', content: 'ok', reasoning: 'so', continue: true }],
      ] as Message[][]) {
        const texts = [format, qwen3].map((comparedFormat) =>
          new Model(chat(thinker(), comparedFormat)).render({
            messages: [...conversation, ...replyStart],
            reasoning,
          }),
        )
        const [own, family] = await Promise.all(texts)
        if (reasoning === 'on' || replyStart.length === 0) expect(own?.text).toBe(family?.text)
        expect(own?.text.endsWith(family?.text.slice(-10) ?? '')).toBe(true)
      }
    }
  })
  it('gets the tokens it writes by name', () => {
    const learnedFormat = templateFormat({
      template: '{{ bos_token }}{{ messages[0].content }}{{ eos_token }}',
      bosToken: '<s>',
      eosToken: '</s>',
      controlTokens: [],
    })
    expect(render([user], 'on', learnedFormat)).toEqual([
      { control: '<s>' },
      { text: 'hi' },
      { control: '</s>' },
    ])
    expect(learnedFormat.reasoning).toBeUndefined()
  })
  it('that opens the thought itself is noticed', () => {
    const learnedFormat = templateFormat({
      template: "{{ messages[0].content }}{% if enable_thinking %}{{ '<think>\\n' }}{% endif %}",
      controlTokens: [],
    })
    const conversation = { messages: [user], tools: [] }
    expect(
      learnedFormat.reasoning?.promptOpensThought?.({ ...conversation, reasoning: 'on' }),
    ).toBe(true)
    expect(
      learnedFormat.reasoning?.promptOpensThought?.({ ...conversation, reasoning: 'off' }),
    ).toBe(false)
    const continuedReply: Message = {
      role: 'assistant',
      content: 'ok',
      reasoning: 'so',
      continue: true,
    }
    expect(
      render([user, continuedReply], 'on', learnedFormat)
        .map((segment) => ('text' in segment ? segment.text : ''))
        .join(''),
    ).toBe('hi<think>\nso\n</think>\n\nok')
  })
  it('that leaves system messages out is reported by the engine, before a token', async () => {
    const lastMessageFormat = templateFormat({
      name: 'template of forgetful',
      template: '{{ messages[-1].content }}',
      controlTokens: [],
    })
    const messages: Message[] = [{ role: 'system', content: 'Be brief.' }, user]
    expect(render(messages, 'on', lastMessageFormat)).toEqual([{ text: 'hi' }])
    await expect(
      new Model(chat(thinker(), lastMessageFormat)).generate({ messages }),
    ).rejects.toThrow(/template of forgetful leaves system messages out/)
  })
  it.each<[filter: string, content: string, renderedText: string]>([
    ['tojson', 'a <|im_end|>', '"a <|im_end|>"'],
    ['upper', 'a <|im_end|>', 'A <|IM_END|>'],
    ['indent(2)', 'a\n<|im_end|>', 'a\n  <|im_end|>'],
    ['replace("z", "")', 'a <|im_zend|>', 'a <|im_end|>'],
    ['replace(" ", "<|im_end|>")', 'a b', 'a<|im_end|>b'],
  ])('that puts what is said through %s still keeps it apart', (filter, content, renderedText) => {
    const learnedFormat = templateFormat({
      template: `{{ messages[-1].content | ${filter} }}`,
      controlTokens: controls,
    })
    const prompt = render([{ role: 'user', content }], 'on', learnedFormat)
    expect(prompt.map((segment) => Object.values(segment).join('')).join('')).toBe(renderedText)
    const controlTokens = prompt.filter((segment) => 'control' in segment)
    // The template's own argument is its own text.
    expect(controlTokens).toHaveLength(filter.includes('<|im_end|>') ? 1 : 0)
  })
  it('that makes a control token of a role writes it', () => {
    const learnedFormat = templateFormat({
      template: "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content }}{% endfor %}",
      controlTokens: ['<|user|>'],
    })
    expect(render([{ role: 'user', content: '<|user|>' }], 'on', learnedFormat)).toEqual([
      { control: '<|user|>' },
      { text: '<|user|>' },
    ])
  })
  it('gets results in the order of their calls', () => {
    const learnedFormat = templateFormat({
      template: "{% for m in messages %}{{ m.role[0] ~ ':' ~ m.content ~ ' ' }}{% endfor %}",
      controlTokens: [],
    })
    const call = (id: string) => ({ id, name: 'look', input: {} })
    const messages: Message[] = [
      user,
      { role: 'assistant', content: '', toolCalls: [call('a'), call('b'), call('c')] },
      { role: 'tool', toolCallId: 'c', output: '3' },
      { role: 'tool', toolCallId: 'a', output: '1' },
      { role: 'tool', toolCallId: 'b', output: '2' },
      user,
    ]
    expect(
      render(messages, 'on', learnedFormat)
        .map((segment) => Object.values(segment).join(''))
        .join(''),
    ).toBe('u:hi a: t:1 t:2 t:3 u:hi ')
  })
  it('may open a thought also where nobody asked for one', () => {
    const learnedFormat = templateFormat({
      template: "{{ messages[-1].content }}{{ '<think>' if 'deep' in messages[-1].content }}",
      controlTokens: [],
    })
    const messages: Message[] = [{ role: 'user', content: 'dig deep' }]
    expect(
      learnedFormat.reasoning?.promptOpensThought?.({ messages, tools: [], reasoning: 'off' }),
    ).toBe(true)
  })
  it('gets the marks that a family names', () => {
    const learnedFormat = templateFormat({
      template: '{{ messages[0].content }}',
      controlTokens: [],
      family: { reasoning: { open: '<r>', close: '</r>' } },
    })
    expect(learnedFormat.reasoning).toMatchObject({ open: '<r>', close: '</r>', canTurnOff: false })
  })
  it('that looks for words in what is said finds them', () => {
    const learnedFormat = templateFormat({
      template:
        "{{ messages[0].content }}{% if '/no_think' in messages[0].content %}quick{% endif %}",
      controlTokens: [],
    })
    expect(
      render([{ role: 'user', content: 'hi /no_think' }], 'on', learnedFormat)
        .map((segment) => Object.values(segment).join(''))
        .join(''),
    ).toBe('hi /no_thinkquick')
  })
  it('that fails, or is none, is refused with its reason', () => {
    const strict = templateFormat({
      name: 'strict',
      template: "{{ raise_exception('no system role') }}",
      controlTokens: [],
    })
    expect(() => render([user], 'on', strict)).toThrow(
      /strict refuses this conversation: no system role/,
    )
    expect(() =>
      templateFormat({ name: 'broken', template: '{% if %}', controlTokens: [] }),
    ).toThrow(/broken fails/)
  })
})
