import { expect, it } from 'vitest'
import { detect } from '../src/index.ts'

it.each<[what: string, description: Parameters<typeof detect>[0], format: string | undefined]>([
  ['Nemotron by its template', { chatTemplate: '<|start_header_id|>system detailed thinking off' }, 'nemotron'],
  ['Nemotron by its name', { name: 'Llama 3.1 Nemotron Nano 8B v1' }, 'nemotron'],
  ['Llama 3 by its headers', { chatTemplate: "{{ '<|start_header_id|>' }}" }, 'llama-3'],
  ['ChatML by its tokens', { chatTemplate: '<|im_start|>' }, 'chatml'],
  ['no format for a family whose switch we do not know', { chatTemplate: '<|im_start|> enable_thinking' }, undefined],
  ['no format for what says nothing', {}, undefined],
])('finds %s', (_what, description, format) => expect(detect(description)?.name).toBe(format))
