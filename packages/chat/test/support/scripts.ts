/** How a model of a family replies. */
export interface Script {
  /** What it said of its last turn already, what the prompt writes for it included. */
  readTurn(prompt: string): string
  readonly thought: string
  readonly answer: string
  /** Its whole reply when it thinks, and when it does not. */
  readonly thoughtfulReply: string
  readonly plainReply: string
  thinks(prompt: string, replyStart: string): boolean
}

const thought = 'twelve and seven make nineteen'
const answer = 'The answer is nineteen.'
const textAfter = (marker: string) => (prompt: string) =>
  prompt.slice(prompt.lastIndexOf(marker) + marker.length)
const chatml = { readTurn: textAfter('<|im_start|>assistant\n'), thought, answer }
const taggedReply = `<think>\n${thought}\n</think>\n\n${answer}`

/** Of each family, by the name of its format. */
export const scripts: Readonly<Record<string, Script>> = {
  nemotron: {
    readTurn: textAfter('assistant<|end_header_id|>\n\n'),
    thought,
    answer,
    thoughtfulReply: taggedReply,
    plainReply: answer,
    thinks: (prompt) => prompt.includes('detailed thinking on'),
  },
  'nemotron-nano-2': {
    readTurn: textAfter('<SPECIAL_11>Assistant\n'),
    thought,
    answer,
    thoughtfulReply: taggedReply,
    plainReply: `<think></think>${answer}`,
    thinks: (_, replyStart) => replyStart.startsWith('<think>\n'),
  },
  'nemotron-3-nano': {
    ...chatml,
    thoughtfulReply: taggedReply.replace('\n\n', '\n'),
    plainReply: `<think></think>${answer}`,
    thinks: (_, replyStart) => replyStart.startsWith('<think>\n'),
  },
  'qwen-3': {
    ...chatml,
    thoughtfulReply: taggedReply,
    plainReply: `<think>\n\n</think>\n\n${answer}`,
    thinks: (_, replyStart) => !replyStart.startsWith('<think>\n\n</think>'),
  },
  'smollm-3': {
    ...chatml,
    thoughtfulReply: taggedReply.replace('\n\n', '\n'),
    plainReply: `<think>\n\n</think>\n${answer}`,
    thinks: (_, replyStart) => !replyStart.startsWith('<think>\n\n</think>'),
  },
  'deepseek-r1-distill': {
    readTurn: textAfter('<｜Assistant｜>'),
    thought,
    answer,
    thoughtfulReply: taggedReply,
    plainReply: `<think>\n\n</think>\n\n${answer}`,
    thinks: (_, replyStart) => !replyStart.startsWith('<think>\n\n</think>'),
  },
  'phi-4-mini-reasoning': {
    readTurn: textAfter('<|assistant|>'),
    thought,
    answer,
    thoughtfulReply: taggedReply,
    plainReply: answer,
    thinks: () => true,
  },
  'granite-3.3': {
    readTurn: textAfter('<|start_of_role|>assistant<|end_of_role|>'),
    thought,
    answer,
    thoughtfulReply: `<think>${thought}</think>\n<response>${answer}</response>`,
    plainReply: answer,
    thinks: (prompt) => prompt.includes('<response></response>'),
  },
  'gpt-oss': {
    readTurn: (prompt) =>
      textAfter('<|start|>assistant')(
        prompt
          .replace(/.*<\|start\|>user/s, '')
          .replace('<|end|><|start|>assistant<|channel|>final', '<|end|>\0<|channel|>final'),
      ).replace('\0', '<|start|>assistant'),
    thought,
    answer,
    thoughtfulReply:
      `<|channel|>analysis<|message|>${thought}<|end|><|start|>assistant<|channel|>` +
      `final<|message|>${answer}`,
    plainReply: `<|channel|>final<|message|>${answer}`,
    thinks: (_, replyStart) => !replyStart.startsWith('<|channel|>final'),
  },
}
