/** The events of RISC 1.0 and of SCIM (RFC 9967 section 2.4), and what follows from each at the gate. */
import { text } from '../../policy/untrusted.ts'
import { ofSession } from './caep.ts'
import { about, cut, noted, open, type Signal, type SignalType, shut, stepUp } from './signal.ts'

const RISC = 'https://schemas.openid.net/secevent/risc/event-type/'
const SCIM = 'urn:ietf:params:scim:event:'

/** What ends when the account is enabled again; tokens from before stay revoked, whoever made them. */
const disabled = (signal: Signal) => [...shut(signal, 'account'), ...cut(signal)]
const enabled = (signal: Signal) => open(signal, 'account')

export const RISC_EVENTS: Readonly<Record<string, SignalType>> = {
  [`${RISC}account-credential-change-required`]: about((signal) => stepUp(signal)),
  [`${RISC}account-purged`]: about(cut),
  [`${RISC}account-disabled`]: about(disabled),
  [`${RISC}account-enabled`]: about(enabled),
  [`${RISC}identifier-changed`]: about(cut),
  [`${RISC}identifier-recycled`]: about(cut),
  // The sessions themselves may go on, and would make new tokens.
  [`${RISC}credential-compromise`]: about((signal) => {
    text(signal.members.credential_type, 'credential_type')
    return [...cut(signal), ...stepUp(signal)]
  }),
  [`${RISC}opt-in`]: about(noted),
  [`${RISC}opt-out-initiated`]: about(noted),
  [`${RISC}opt-out-cancelled`]: about(noted),
  [`${RISC}opt-out-effective`]: about(noted),
  [`${RISC}recovery-activated`]: about(noted),
  [`${RISC}recovery-information-changed`]: about(noted),
  [`${RISC}sessions-revoked`]: about(cut, ofSession),
}

export const SCIM_EVENTS: Readonly<Record<string, SignalType>> = {
  [`${SCIM}prov:deactivate`]: about(disabled),
  [`${SCIM}prov:activate`]: about(enabled),
  [`${SCIM}prov:delete`]: about(cut),
  [`${SCIM}feed:add`]: about(noted),
  [`${SCIM}feed:remove`]: about(noted),
  // What has changed may be a role or a group: the next token says.
  [`${SCIM}prov:put:full`]: about(cut),
  [`${SCIM}prov:put:notice`]: about(cut),
  [`${SCIM}prov:patch:full`]: about(cut),
  [`${SCIM}prov:patch:notice`]: about(cut),
  [`${SCIM}prov:create:full`]: about(noted),
  [`${SCIM}prov:create:notice`]: about(noted),
}
