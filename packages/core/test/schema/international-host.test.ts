import { expect, it } from 'vitest'
import { findFormat } from '../../src/schema/check-scalar.ts'

it.each([
  ['例え.テスト', true],
  ['faß.de', true],
  ['königsgäßchen', true],
  ['example.org', true],
  ['xn--ihqwcrb4cv8a8dqg056pqjye', true],
  ['hello-.org', false],
  ['a..b', false],
  ['a/b', false],
  ['a b', false],
  // No Punycode, and Punycode of a label that is not allowed.
  ['xn--X', false],
  ['XN--aa---o47jg78q', false],
  [`xn--${'9'.repeat(60)}`, false],
  // Not of IDNA2008: symbols, capitals, and characters that another form stands for.
  ['☃.net', false],
  ['KÖNIG.de', false],
  ['ﬀ.de', false],
  ['실〮례.테스트', false],
  ['ـߺ', false],
  ['〱〲〳〴〵〮〯〻', false],
  // Characters that stand in one context alone.
  ['l·l', true],
  ['a·l', false],
  ['l·a', false],
  ['l·', false],
  ['·l', false],
  ['α͵β', true],
  ['α͵S', false],
  ['α͵', false],
  ['א׳ב', true],
  ['׳ב', false],
  ['א״ב', true],
  ['״ב', false],
  ['・ぁ', true],
  ['・丈', true],
  ['def・abc', false],
  ['・', false],
  ['ب٠ب', true],
  ['ب٠۰', false],
  ['क्\u200Dष', true],
  ['क\u200Dष', false],
])('%s is an international host name: %s', (host, isOne) => {
  expect(findFormat('idn-hostname')?.(host)).toBe(isOne)
})

it.each([
  ['127.0.0.1', true],
  ['0.10.200.255', true],
  ['087.10.0.1', false],
  ['10.0.0.01', false],
])('%s is an address of IPv4: %s', (address, isOne) => {
  expect(findFormat('ipv4')?.(address)).toBe(isOne)
})
