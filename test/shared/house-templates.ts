import type { GenerateResult } from '@nano/core'
import { expect } from 'vitest'

interface Vocabulary {
  readonly tokens: readonly string[]
  readonly firstControl: number
  readonly merges: readonly string[]
}

/** The vocabulary with these control tokens first, of which the first ends a text. */
export function withControls(
  { tokens, firstControl, merges }: Vocabulary,
  controls: readonly string[],
) {
  const otherTokens = tokens.slice(firstControl + controls.length)
  return {
    tokens: [...tokens.slice(0, firstControl), ...controls, ...otherTokens],
    firstControl,
    merges,
    bos: tokens.length - 1,
    eos: firstControl,
  }
}

/** The system message that a template of our own writes where nobody gives another. */
export const houseSystem = 'You are Housemodel, made by the house. You are brief.'

/** A template of the Hermes kind, with the system prompt of the model's makers. */
export const hermesTemplate = `{%- set first = messages[0] -%}
{%- set system = first.content if first.role == 'system' -%}
<|im_start|>system
{{ system or '${houseSystem}' }}
{%- if tools %}

# Tools
<tools>
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
</tools>
{%- endif %}<|im_end|>
{% for message in messages if message.role != 'system' -%}
{%- if message.role == 'tool' -%}
<|im_start|>user
<tool_response>
{{ message.content }}
</tool_response><|im_end|>
{% else -%}
<|im_start|>{{ message.role }}
{{ message.content }}
{%- for call in message.tool_calls or [] %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor -%}
<|im_end|>
{% endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
{% endif -%}`

/** A template whose calls follow a control token, as Mistral's do. */
export const markedTemplate = `{%- if tools -%}
[AVAILABLE_TOOLS]{{ tools | tojson }}[/AVAILABLE_TOOLS]
{%- endif -%}
{%- for message in messages -%}
{%- if message.role == 'assistant' -%}
{{ message.content }}
{%- for call in message.tool_calls or [] -%}
[TOOL_CALLS]{{ call.function.name }}[ARGS]{{ call.function.arguments | tojson }}
{%- endfor -%}
<|house_end|>
{%- else -%}
[INST]{{ message.content }}[/INST]
{%- endif -%}
{%- endfor -%}`

export const markedControls = [
  '<|house_eos|>',
  '[ARGS]',
  '[INST]',
  '[/INST]',
  '[AVAILABLE_TOOLS]',
  '[/AVAILABLE_TOOLS]',
  '[TOOL_CALLS]',
  '<|house_end|>',
]

/** A tool whose calls are short, whatever a model with random weights says. */
export const switchTool = {
  name: 'set_light',
  description: 'Switches a light',
  parameters: {
    type: 'object',
    properties: { room: { enum: ['hall', 'attic'] }, on: { type: 'boolean' } },
    required: ['room', 'on'],
    additionalProperties: false,
  },
}

/** A request for a call, which a model with random weights would not write. */
export const demandedCall = {
  messages: 'Light!',
  tools: [switchTool],
  toolChoice: 'required',
} as const

/** The calls of `demandedCall`, one or more. */
export function expectCalls({ text, toolCalls, finishReason }: GenerateResult): void {
  expect(text).toBe('')
  expect(finishReason).toBe('tool-calls')
  expect(toolCalls.length).toBeGreaterThan(0)
  for (const { name, input } of toolCalls) {
    expect(name).toBe('set_light')
    expect(input).toEqual({
      room: expect.stringMatching(/^(hall|attic)$/) as string,
      on: expect.any(Boolean) as boolean,
    })
  }
}

/** Templates that nobody should run. */
export const hostileTemplates: readonly (readonly [what: string, template: string])[] = [
  [
    'loops for ever',
    '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}',
  ],
  ['writes gigabytes', "{{ messages[0].content }}{{ 'a' * 4000000000 }}"],
  ['calls itself', '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'],
]
