/** Templates of our own, one for each way to write tool calls. */
export interface CallTemplate {
  readonly name: string
  readonly template: string
  /** Whether a reply can have several calls. */
  readonly isParallel: boolean
  /** Whether calls are calls only where they begin the reply. */
  readonly needsReplyStart: boolean
}

interface CallMarkup {
  /** What stands around all calls of a reply, and between two. */
  readonly open?: string
  readonly close?: string
  readonly separator?: string
  /** What stands before the text beside calls. */
  readonly textOpen?: string
  /** One call: the template knows `call.name`, `call.arguments`, `id` and `loop`. */
  readonly call: string
}

function writeTemplate({
  open = '',
  close = '',
  separator = '',
  textOpen = '',
  call,
}: CallMarkup): string {
  return `{%- if tools %}<|im_start|>system
Tools:{% for tool in tools %} {{ tool.function.name }}{% endfor %}<|im_end|>
{% endif -%}
{%- for message in messages -%}
<|im_start|>{{ message.role }}
{% if message.reasoning_content %}<think>
{{ message.reasoning_content }}
</think>

{% endif -%}
{%- if message.tool_calls -%}${textOpen}{%- endif -%}
{{- message.content -}}
{%- if message.tool_calls -%}
${open}
{%- for item in message.tool_calls -%}
{%- set call = item.function -%}{%- set id = item.id -%}
{%- if not loop.first -%}${separator}{%- endif -%}
${call}
{%- endfor -%}
${close}
{%- endif -%}
<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
{% if enable_thinking is false -%}
{{ '<think>\\n\\n</think>\\n\\n' }}
{%- endif -%}
{%- endif -%}`
}

const json = '{{ call.arguments | tojson }}'
const object = `{"name": "{{ call.name }}", "arguments": ${json}}`

const syntaxes: Readonly<Record<string, CallMarkup>> = {
  'JSON in tags': { call: `<tool_call>\n${object}\n</tool_call>`, separator: "{{ '\\n' }}" },
  'a JSON list behind a mark': { open: '[TOOL_CALLS][', call: object, separator: ', ', close: ']' },
  'a JSON list with ids': {
    open: '<|calls|>[',
    call: `{"id": "{{ id }}", "tool": "{{ call.name }}", "parameters": ${json}}`,
    separator: ',',
    close: ']<|/calls|>',
  },
  'JSON behind marks around the text': {
    textOpen: '<|text|>',
    open: '<|/text|>',
    call: object,
  },
  'JSON inside of a function': {
    call: `<tool_call>{"type": "function", "function": ${object}}</tool_call>`,
  },
  'arguments as text': {
    call:
      '<tool_call>{"name": "{{ call.name }}", ' +
      '"arguments": {{ call.arguments | tojson | tojson }}}</tool_call>',
  },
  'JSON keyed by the name': {
    open: '<|calls|>[',
    call: `{"{{ call.name }}": ${json}}`,
    separator: ', ',
    close: ']<|/calls|>',
  },
  'the name, a space, then JSON': { call: `⟦call {{ call.name }} ${json}⟧` },
  'the name, then JSON': { call: `[TOOL_CALLS]{{ call.name }}[ARGS]${json}` },
  'the name and an id, then JSON': {
    call: `[TOOL_CALLS]{{ call.name }}[CALL_ID]{{ id }}[ARGS]${json}`,
  },
  'an id and the name, then JSON': {
    open: '<|calls|>',
    call: `<|call|>{{ id }}<|name|>{{ call.name }}<|args|>${json}<|/call|>`,
    close: '<|/calls|>',
  },
  'a marked call with its number': {
    open: '<|calls_begin|>',
    call:
      '<|call_begin|>functions.{{ call.name }}:{{ loop.index0 }}' +
      `<|call_args|>${json}<|call_end|>`,
    close: '<|calls_end|>',
  },
  'JSON in a fence': {
    open: '<|calls_begin|>',
    call: `<|call_begin|>function<|sep|>{{ call.name }}\n\`\`\`json\n${json}\n\`\`\`<|call_end|>`,
    separator: "{{ '\\n' }}",
    close: '<|calls_end|>',
  },
  'a tag with the name': { call: `<function={{ call.name }}>${json}</function>` },
  'XML by parameter': {
    call: `<tool_call>\n<function={{ call.name }}>\n
{%- for key, value in call.arguments.items() %}
<parameter={{ key }}>
{{ value if value is string else value | tojson }}
</parameter>
{%- endfor %}\n</function>\n</tool_call>`,
    separator: "{{ '\\n' }}",
  },
  "XML by parameter with Python's words": {
    call: `<tool_call>\n<function={{ call.name }}>\n
{%- for key, value in call.arguments.items() %}
<parameter={{ key }}>
{{ value | tojson if value is mapping or value is iterable and value is not string else value }}
</parameter>
{%- endfor %}\n</function>\n</tool_call>`,
    separator: "{{ '\\n' }}",
  },
  "Python's calls": {
    open: '<|calls|>[',
    call: `{{ call.name }}(
{%- for key, value in call.arguments.items() -%}
{{ key }}={{ value | tojson }}{{ ', ' if not loop.last }}
{%- endfor -%})`,
    separator: "{{ ', ' }}",
    close: ']<|/calls|>',
  },
  "Python's calls, one a line": {
    open: "{{ '<|calls|>\\n```python\\n' }}",
    call: `{{ call.name }}(
{%- for key, value in call.arguments.items() -%}
{{ key }}={{ value | tojson }}{{ ',' if not loop.last }}
{%- endfor -%})`,
    separator: "{{ '\\n' }}",
    close: "{{ '\\n```\\n<|/calls|>' }}",
  },
  "Python's calls with texts as they are": {
    open: '<|calls|>[',
    call: `{{ call.name }}(
{%- for key, value in call.arguments.items() -%}
{{ key }}={% if value is string %}'{{ value }}'{% else %}{{ value | tojson }}{% endif %}
{{- ', ' if not loop.last }}
{%- endfor -%})`,
    separator: "{{ ', ' }}",
    close: ']<|/calls|>',
  },
  'keys and values in tags': {
    call: `<tool_call>{{ call.name }}
{%- for key, value in call.arguments.items() -%}
<arg_key>{{ key }}</arg_key><arg_value>
{{- value if value is string else value | tojson -}}</arg_value>
{%- endfor -%}</tool_call>`,
  },
  'typed attributes': {
    open: '<|calls|>',
    call: `<invoke name="{{ call.name }}">
{%- for key, value in call.arguments.items() -%}
<parameter name="{{ key }}" string="{{ 'true' if value is string else 'false' }}">
{{- value if value is string else value | tojson -}}</parameter>
{%- endfor -%}</invoke>`,
    close: '<|/calls|>',
  },
}

export const callTemplates: readonly CallTemplate[] = [
  ...Object.entries(syntaxes).map(([name, markup]) => ({
    name,
    template: writeTemplate(markup),
    isParallel: true,
    needsReplyStart: false,
  })),
  {
    name: 'a JSON list and nothing around it',
    template: writeTemplate({ open: '[', call: object, separator: ', ', close: ']' }),
    isParallel: true,
    needsReplyStart: true,
  },
  {
    name: "Python's calls and nothing around them",
    template: writeTemplate({
      open: '[',
      call: `{{ call.name }}(
{%- for key, value in call.arguments.items() -%}
{{ key }}="{{ value }}"{{ ', ' if not loop.last }}
{%- endfor -%})`,
      separator: "{{ ', ' }}",
      close: ']',
    }),
    isParallel: true,
    needsReplyStart: true,
  },
  {
    name: 'one JSON object and nothing around it',
    template: writeTemplate({
      call:
        "{%- if not loop.first -%}{{ raise_exception('one call only') }}{%- endif -%}" +
        `{"name": "{{ call.name }}", "parameters": ${json}}`,
    }),
    isParallel: false,
    needsReplyStart: true,
  },
]
