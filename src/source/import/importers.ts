/** Every format that can be imported, by the name that the command line has for it. */

import { importAws } from './aws.ts'
import { planApisix } from './gateways/apisix/plan.ts'
import { planEnvoyGateway } from './gateways/envoy-gateway/plan.ts'
import { gatewayImporter } from './gateways/importer.ts'
import { planIstio } from './gateways/istio/plan.ts'
import { planKong } from './gateways/kong/plan.ts'
import { planKrakend } from './gateways/krakend/plan.ts'
import { planOathkeeper } from './gateways/oathkeeper/plan.ts'
import type { Importer } from './importer.ts'
import { importOpenApi } from './openapi.ts'
import { importTyk } from './tyk.ts'

export interface ImportFormat {
  /** As people call it. */
  readonly product: string
  readonly read: Importer
}

export const IMPORT_FORMATS: Readonly<Record<string, ImportFormat>> = {
  openapi: { product: 'OpenAPI', read: importOpenApi },
  aws: { product: 'AWS API Gateway', read: importAws },
  tyk: { product: 'Tyk OAS', read: importTyk },
  oathkeeper: { product: 'Ory Oathkeeper', read: gatewayImporter('access rules of Oathkeeper', planOathkeeper) },
  krakend: { product: 'KrakenD', read: gatewayImporter('endpoints of KrakenD', planKrakend) },
  kong: { product: 'Kong', read: gatewayImporter('routes of Kong', planKong) },
  apisix: { product: 'Apache APISIX', read: gatewayImporter('routes of APISIX', planApisix) },
  istio: { product: 'Istio', read: gatewayImporter('policies of Istio', planIstio) },
  'envoy-gateway': {
    product: 'Envoy Gateway',
    read: gatewayImporter('routes and policies of Envoy Gateway', planEnvoyGateway),
  },
}
