/** A way to write thoughts, with a template of our own. */
export interface ThinkingTemplate {
  readonly name: string
  readonly template: string
  readonly open: string
  readonly close: string
  /** What the model writes around its answer. */
  readonly answer: { readonly open: string; readonly close: string }
  /** Whether the prompt ends inside the thought. */
  readonly opensThought: boolean
  /** The marks that a vocabulary may have as control tokens. */
  readonly controlTokens: readonly string[]
}

interface ThoughtMarkup extends Pick<ThinkingTemplate, 'name' | 'open' | 'close'> {
  readonly answer?: ThinkingTemplate['answer']
  readonly opensThought?: boolean
  readonly controlTokens: readonly string[]
}

function writeTemplate({
  open,
  close,
  answer = { open: '', close: '' },
  opensThought = false,
}: ThoughtMarkup): string {
  return `{%- if tools %}<|im_start|>system
Tools:{% for tool in tools %} {{ tool.function.name }}{% endfor %}<|im_end|>
{% endif -%}
{%- for message in messages -%}
<|im_start|>{{ message.role }}
{% if message.role == 'assistant' -%}
{%- if message.reasoning_content -%}
{{ '${open}\\n' }}{{ message.reasoning_content }}{{ '\\n${close}' }}
{%- endif -%}
{%- if message.content -%}
{{ ${JSON.stringify(answer.open)} }}{{ message.content }}{{ ${JSON.stringify(answer.close)} }}
{%- endif -%}
{%- for call in message.tool_calls or [] -%}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>
{%- endfor -%}
{%- else -%}
{{ message.content }}
{%- endif -%}
<|im_end|>
{% endfor -%}
{%- if add_generation_prompt -%}
<|im_start|>assistant
{% if enable_thinking is false -%}
{{ '${open}\\n${close}' }}
{%- ${opensThought ? 'else' : 'elif false'} -%}
{{ '${open}\\n' }}
{%- endif -%}
{%- endif -%}`
}

const markups: readonly ThoughtMarkup[] = [
  {
    name: '<think> that the model writes',
    open: '<think>',
    close: '</think>',
    controlTokens: ['<think>', '</think>', '<tool_call>', '</tool_call>'],
  },
  {
    name: '<think> that the prompt writes',
    open: '<think>',
    close: '</think>',
    opensThought: true,
    controlTokens: ['<think>', '</think>'],
  },
  { name: '[THINK]', open: '[THINK]', close: '[/THINK]', controlTokens: ['[THINK]', '[/THINK]'] },
  {
    name: '<|channel>thought',
    open: '<|channel>thought',
    close: '<channel|>',
    controlTokens: ['<|channel>', '<channel|>'],
  },
  {
    name: '<|START_THINKING|> and an answer in tags',
    open: '<|START_THINKING|>',
    close: '<|END_THINKING|>',
    answer: { open: '<|START_TEXT|>', close: '<|END_TEXT|>' },
    opensThought: true,
    controlTokens: [
      '<|START_THINKING|>',
      '<|END_THINKING|>',
      '<|START_TEXT|>',
      '<|END_TEXT|>',
      '<tool_call>',
      '</tool_call>',
    ],
  },
  {
    name: '◁think▷ and an answer on lines of its own',
    open: '◁think▷',
    close: '◁/think▷',
    answer: { open: '\n<answer>\n', close: '\n</answer>' },
    controlTokens: ['◁think▷', '◁/think▷'],
  },
]

export const thinkingTemplates: readonly ThinkingTemplate[] = markups.map((markup) => ({
  answer: { open: '', close: '' },
  opensThought: false,
  ...markup,
  template: writeTemplate(markup),
}))
