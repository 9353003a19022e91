/** `enforce` refuses; `observe` lets through what fails on scope grounds alone and records it. */
export type Mode = 'enforce' | 'observe'
