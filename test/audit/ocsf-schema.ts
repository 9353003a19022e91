/** What of OCSF 1.8.0 an API Activity and a base event are held against: names, types and what must be there, as schema.ocsf.io has it. An excerpt: what is not here is not known. */

type Type = 'text' | 'whole' | 'boolean' | 'time' | 'anything' | string

/** Attribute -> its type; `!`: required; `[]`: a list. A type that is none of the simple ones is an object of `OBJECTS`. */
type Attributes = Readonly<Record<string, Type>>

const BASE: Attributes = {
  activity_id: '!whole',
  activity_name: 'text',
  category_uid: '!whole',
  category_name: 'text',
  class_uid: '!whole',
  class_name: 'text',
  type_uid: '!whole',
  type_name: 'text',
  time: '!time',
  severity_id: '!whole',
  severity: 'text',
  status_id: 'whole',
  status: 'text',
  status_code: 'text',
  status_detail: 'text',
  message: 'text',
  metadata: '!metadata',
  observables: '[]observable',
  unmapped: 'anything',
}

/** Those of a profile are there only where `metadata.profiles` names it. */
export const PROFILES: Readonly<Record<string, Attributes>> = {
  cloud: { cloud: '!cloud' },
  security_control: {
    action_id: 'whole',
    action: 'text',
    disposition_id: 'whole',
    disposition: 'text',
    is_alert: 'boolean',
    policy: 'policy',
  },
}

export const CLASSES: Readonly<Record<number, Attributes>> = {
  0: BASE,
  6003: {
    ...BASE,
    actor: '!actor',
    api: '!api',
    src_endpoint: '!network_endpoint',
    dst_endpoint: 'network_endpoint',
    http_request: 'http_request',
    http_response: 'http_response',
  },
}

export const OBJECTS: Readonly<Record<string, Attributes>> = {
  metadata: {
    version: '!text',
    product: '!product',
    profiles: '[]text',
    uid: 'text',
    original_time: 'text',
    event_code: 'text',
    log_version: 'text',
    tags: '[]key_value_object',
  },
  product: { name: 'text', vendor_name: 'text' },
  key_value_object: { name: '!text', value: 'text' },
  cloud: { provider: '!text', zone: 'text' },
  actor: { user: 'user', app_uid: 'text', idp: 'idp', session: 'session' },
  user: { uid: 'text', name: 'text', type_id: 'whole', type: 'text' },
  idp: { uid: 'text', issuer: 'text' },
  session: { uid: 'text', issuer: 'text', created_time: 'time' },
  network_endpoint: { name: 'text', hostname: 'text', type_id: 'whole', type: 'text' },
  api: { operation: '!text', service: 'service', request: 'request', response: 'response' },
  service: { name: 'text' },
  request: { uid: '!text' },
  response: { code: 'whole', error: 'text', error_message: 'text' },
  http_request: { uid: 'text', http_method: 'text', url: 'url' },
  http_response: { code: '!whole' },
  url: { hostname: 'text', path: 'text' },
  policy: { name: 'text', uid: 'text', version: 'text' },
  observable: { name: 'text', type_id: '!whole', type: 'text', value: 'text' },
}

/** At least one of these must be there. */
export const ONE_OF: Readonly<Record<string, readonly string[]>> = {
  actor: ['user', 'session', 'app_uid'],
  user: ['name', 'uid'],
  idp: ['name', 'uid'],
  network_endpoint: ['name', 'hostname'],
  service: ['name', 'uid'],
  url: ['url_string', 'path'],
  policy: ['name', 'uid'],
  product: ['name', 'uid'],
  key_value_object: ['value', 'values'],
}

/** Number -> its caption, which the text beside it must be. */
export const CAPTIONS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  activity_id: { 0: 'Unknown', 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete' },
  severity_id: { 1: 'Informational', 2: 'Low', 3: 'Medium', 4: 'High', 5: 'Critical' },
  status_id: { 0: 'Unknown', 1: 'Success', 2: 'Failure' },
  action_id: { 0: 'Unknown', 1: 'Allowed', 2: 'Denied', 3: 'Observed', 4: 'Modified' },
  disposition_id: {
    1: 'Allowed',
    2: 'Blocked',
    15: 'Detected',
    24: 'Access Revoked',
    25: 'Rejected',
    26: 'Unauthorized',
    27: 'Error',
  },
}
