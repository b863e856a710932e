import { expect, it } from 'vitest'
import { templateFormat } from '../../src/index.ts'
import { readReply } from '../support/written-reply.ts'

/** As Command A Reasoning's, it fails where nothing stands beside a call. */
const template = `{%- for t in tools or [] %}{{ t.function.name }}{% endfor -%}
{%- for m in messages -%}
<|{{ m.role }}|>
{%- if m.tool_calls -%}
{%- if m.thinking or m.content[0].thinking -%}
<|START_THINKING|>{{ m.thinking }}<|END_THINKING|>
{%- endif -%}
<|START_ACTION|>[
{%- for call in m.tool_calls -%}
{"name": "{{ call.function.name }}", "parameters": {{ call.function.arguments | tojson }}}
{{- ', ' if not loop.last }}
{%- endfor -%}
]<|END_ACTION|>
{%- else -%}
{%- if m.thinking %}<|START_THINKING|>{{ m.thinking }}<|END_THINKING|>{% endif -%}
{{ m.content }}
{%- endif -%}
<|end|>
{%- endfor -%}
{%- if add_generation_prompt %}<|assistant|>{% endif -%}`

const tool = {
  name: 'find',
  parameters: { type: 'object', properties: { q: { type: 'string' } } },
}
const user = { role: 'user', content: 'Find x' } as const
const toolCalls = [{ id: 'call_1', name: 'find', input: { q: 'x' } }]

it('calls are learned behind a thought where a template refuses a lone one', () => {
  const format = templateFormat({ template, controlTokens: [] })
  const conversation = { tools: [tool], reasoning: 'on' } as const
  const lone = { role: 'assistant', content: '', toolCalls } as const
  expect(() => format.render({ ...conversation, messages: [user, lone] })).toThrow(
    expect.objectContaining({ code: 'unsupported' }),
  )
  format.render({ ...conversation, messages: [user, { ...lone, reasoning: 'I think.' }] })
  const text =
    '<|START_THINKING|>I think.<|END_THINKING|>' +
    '<|START_ACTION|>[{"name": "find", "parameters": {"q": "x"}}]<|END_ACTION|>'
  expect(readReply(format, { text, startsOpen: false }, [tool])).toEqual({
    thought: 'I think.',
    text: '',
    calls: [{ name: 'find', input: { q: 'x' } }],
  })
})

/** As a published template for Llama 4, it breaks a line before the header of a turn with calls. */
const unevenTemplate = `{%- for t in tools or [] %}{{ t.function.name }}{% endfor -%}
{%- for m in messages -%}
{{ '\\n' if m.tool_calls }}<|{{ m.role }}|>{{ m.content }}
{%- for call in m.tool_calls or [] -%}
{"name": "{{ call.function.name }}", "parameters": {{ call.function.arguments | tojson }}}
{%- endfor -%}
<|end|>
{%- endfor -%}
{%- if add_generation_prompt %}{{ '\\n<|assistant|>' }}{% endif -%}`

it('the header of a turn with calls is no mark of them', () => {
  const format = templateFormat({ template: unevenTemplate, controlTokens: ['<|assistant|>'] })
  expect(format.controlTokens).toBeUndefined()
  const text = '{"name": "find", "parameters": {"q": "x"}}'
  expect(readReply(format, { text, startsOpen: false }, [tool]).calls).toHaveLength(1)
})
