/** How a model is told to think or not, where its template is not rendered here. */
export type Switch =
  | { readonly by: 'system-line'; readonly on: string; readonly off: string }
  /** A variable of its chat template, true or false. */
  | { readonly by: 'template-argument'; readonly name: string }

const enableThinking: Switch = { by: 'template-argument', name: 'enable_thinking' }

/**
 * By the name of the chat format; families that always think, or never do, have none.
 * @see https://huggingface.co/nvidia/Llama-3.1-Nemotron-Nano-4B-v1.1
 * @see https://huggingface.co/nvidia/NVIDIA-Nemotron-Nano-9B-v2
 * @see https://huggingface.co/Qwen/Qwen3-0.6B
 * @see https://huggingface.co/ibm-granite/granite-3.3-2b-instruct
 */
export const switches: Readonly<Record<string, Switch>> = {
  nemotron: { by: 'system-line', on: 'detailed thinking on', off: 'detailed thinking off' },
  'nemotron-nano-2': { by: 'system-line', on: '/think', off: '/no_think' },
  'nemotron-3-nano': enableThinking,
  'qwen-3': enableThinking,
  'smollm-3': enableThinking,
  'granite-3.3': { by: 'template-argument', name: 'thinking' },
}
