/** How a model of a family replies. */
export interface Script {
  /** What it said of its last turn already, what the prompt writes for it included. */
  turn(prompt: string): string
  readonly thought: string
  readonly answer: string
  /** Its whole reply when it thinks, and when it does not. */
  readonly on: string
  readonly off: string
  thinks(prompt: string, said: string): boolean
}

const thought = 'twelve and seven make nineteen'
const answer = 'The answer is nineteen.'
const after = (marker: string) => (prompt: string) =>
  prompt.slice(prompt.lastIndexOf(marker) + marker.length)
const chatml = { turn: after('<|im_start|>assistant\n'), thought, answer }
const tagged = `<think>\n${thought}\n</think>\n\n${answer}`

/** Of each family, by the name of its format. */
export const scripts: Readonly<Record<string, Script>> = {
  nemotron: {
    turn: after('assistant<|end_header_id|>\n\n'),
    thought,
    answer,
    on: tagged,
    off: answer,
    thinks: (prompt) => prompt.includes('detailed thinking on'),
  },
  'nemotron-nano-2': {
    turn: after('<SPECIAL_11>Assistant\n'),
    thought,
    answer,
    on: tagged,
    off: `<think></think>${answer}`,
    thinks: (_, said) => said.startsWith('<think>\n'),
  },
  'nemotron-3-nano': {
    ...chatml,
    on: tagged.replace('\n\n', '\n'),
    off: `<think></think>${answer}`,
    thinks: (_, said) => said.startsWith('<think>\n'),
  },
  'qwen-3': {
    ...chatml,
    on: tagged,
    off: `<think>\n\n</think>\n\n${answer}`,
    thinks: (_, said) => !said.startsWith('<think>\n\n</think>'),
  },
  'smollm-3': {
    ...chatml,
    on: tagged.replace('\n\n', '\n'),
    off: `<think>\n\n</think>\n${answer}`,
    thinks: (_, said) => !said.startsWith('<think>\n\n</think>'),
  },
  'deepseek-r1-distill': {
    turn: after('<｜Assistant｜>'),
    thought,
    answer,
    on: tagged,
    off: `<think>\n\n</think>\n\n${answer}`,
    thinks: (_, said) => !said.startsWith('<think>\n\n</think>'),
  },
  'phi-4-mini-reasoning': {
    turn: after('<|assistant|>'),
    thought,
    answer,
    on: tagged,
    off: answer,
    thinks: () => true,
  },
  'granite-3.3': {
    turn: after('<|start_of_role|>assistant<|end_of_role|>'),
    thought,
    answer,
    on: `<think>${thought}</think>\n<response>${answer}</response>`,
    off: answer,
    thinks: (prompt) => prompt.includes('<response></response>'),
  },
  'gpt-oss': {
    turn: (prompt) =>
      after('<|start|>assistant')(
        prompt
          .replace(/.*<\|start\|>user/s, '')
          .replace('<|end|><|start|>assistant<|channel|>final', '<|end|>\0<|channel|>final'),
      ).replace('\0', '<|start|>assistant'),
    thought,
    answer,
    on:
      `<|channel|>analysis<|message|>${thought}<|end|><|start|>assistant<|channel|>` +
      `final<|message|>${answer}`,
    off: `<|channel|>final<|message|>${answer}`,
    thinks: (_, said) => !said.startsWith('<|channel|>final'),
  },
}
